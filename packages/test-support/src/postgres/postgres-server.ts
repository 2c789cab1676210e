import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { appendFile, chmod, chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { eventually, freePort } from "@iggy-connectors/testing";

const run = promisify(execFile);
const PROGRAMS = ["initdb", "postgres", "pg_isready"] as const;

export interface PostgresOptions {
  /** Settings of the server, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How users log in over TCP: `trust` (default) or `scram-sha-256` with `password`. */
  readonly auth?: "trust" | "scram-sha-256";
  readonly password?: string;
  /** Files for `ssl`, readable by this process; they are copied. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile?: string };
}

/**
 * Why no PostgreSQL can be started here, for tests that need one: `test(…, { skip: postgresMissing() }, …)`. `false`: one can,
 * or `POSTGRES_URL` names one.
 */
export function postgresMissing(): string | false {
  if (process.env.POSTGRES_URL !== undefined && process.env.POSTGRES_URL !== "") return false;
  if (binaries() === undefined) return "no PostgreSQL here: install the package postgresql, or set POSTGRES_URL";
  return false;
}

/** A PostgreSQL of the test's own on a free loopback port, with its data in a temporary folder. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #bin: string;
  readonly #settings: readonly string[];
  readonly #password: string;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(bin: string, folder: string, port: number, options: PostgresOptions) {
    this.#bin = bin;
    this.#folder = folder;
    this.port = port;
    this.#password = options.password ?? "postgres";
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
      fsync: "off",
      wal_level: "logical",
      ...(options.tls === undefined
        ? {}
        : {
            ssl: "on",
            ssl_cert_file: join(folder, "server.crt"),
            ssl_key_file: join(folder, "server.key"),
            ...(options.tls.caFile === undefined ? {} : { ssl_ca_file: join(folder, "ca.crt") }),
          }),
      ...options.settings,
    };
    this.#settings = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  }

  /** @throws Error when `postgresMissing()` says so. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const bin = binaries();
    if (bin === undefined) throw new Error(String(postgresMissing()));
    const folder = await mkdtemp(join(tmpdir(), "iggy-postgres-"));
    const server = new PostgresServer(bin, folder, await freePort(), options);
    try {
      await server.#initialise(options);
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A replica of another server, which is restarted for it, and which it follows asynchronously; `promote` makes it one that takes writes. */
  static async replicaOf(primary: PostgresServer): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "iggy-postgres-"));
    const server = new PostgresServer(primary.#bin, folder, await freePort(), { password: primary.#password });
    try {
      const owner = await serverUser();
      if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
      await primary.#end("SIGINT");
      // A copy of the files at rest: not every distribution of the server has pg_basebackup.
      await run("cp", ["-a", primary.#data, server.#data]);
      await primary.restart();
      await server.#write(join(server.#data, "standby.signal"), "");
      await appendFile(join(server.#data, "postgresql.auto.conf"), `primary_conninfo = '${primary.url}'\n`);
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** URL of the database `postgres`, as the superuser. */
  get url(): string {
    return this.urlOf("postgres");
  }

  urlOf(database: string, user = "postgres", password = this.#password): string {
    return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  /** Starts the server on the data it has; resolves when it takes connections. */
  async restart(): Promise<void> {
    const command = this.#asServer(join(this.#bin, "postgres"), [
      "-D",
      this.#data,
      "-p",
      String(this.port),
      ...this.#settings,
    ]);
    const child = spawn(command.file, command.arguments, { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-100_000);
      });
    }
    await eventually(
      async () => {
        if (child.exitCode !== null) {
          // After a kill the memory of the former run may be in use for a moment.
          if (!this.#output.includes("shared memory")) throw new Error(this.#output);
          this.#output = "";
          await this.restart();
          return true;
        }
        await run(join(this.#bin, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(this.port)]);
        return true;
      },
      { what: "a PostgreSQL that takes connections", interval: 30 },
    );
  }

  /** SIGKILL to the server and to every process of its connections, which would finish what they do otherwise. */
  async kill(): Promise<void> {
    const pid = this.#process?.pid;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    await this.#end("SIGKILL");
    for (const child of children.split(" ").filter(Boolean)) {
      try {
        process.kill(Number(child), "SIGKILL");
      } catch {
        // It has ended with its server.
      }
    }
  }

  /** What the server wrote about itself, the last 100,000 characters. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGQUIT");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  async #initialise({ auth = "trust", tls }: PostgresOptions): Promise<void> {
    const owner = await serverUser();
    if (owner !== undefined) await chown(this.#folder, owner.uid, owner.gid);
    const passwordFile = join(this.#folder, "password");
    await this.#write(passwordFile, this.#password);
    if (tls !== undefined) {
      const files = [
        ["server.crt", tls.certFile],
        ["server.key", tls.keyFile],
        ["ca.crt", tls.caFile],
      ] as const;
      for (const [name, from] of files) {
        if (from !== undefined) await this.#write(join(this.#folder, name), await readFile(from, "utf8"));
      }
    }
    const arguments_ = [
      "-D",
      this.#data,
      "-U",
      "postgres",
      `--auth-local=trust`,
      `--auth-host=${auth}`,
      `--pwfile=${passwordFile}`,
      "--no-sync",
      "--encoding=UTF8",
      "--locale=C",
    ];
    const command = this.#asServer(join(this.#bin, "initdb"), arguments_);
    await run(command.file, command.arguments, { cwd: this.#folder });
  }

  /** A file that only the server's user may read, as the server requires of keys. */
  async #write(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600 });
    await chmod(path, 0o600);
    const owner = await serverUser();
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  }

  /** The server refuses to run as root: then it runs as the user that its package made. */
  #asServer(file: string, arguments_: readonly string[]): { file: string; arguments: readonly string[] } {
    if (process.getuid?.() !== 0) return { file, arguments: arguments_ };
    return {
      file: "setpriv",
      arguments: ["--reuid=postgres", "--regid=postgres", "--clear-groups", file, ...arguments_],
    };
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await exited;
  }
}

/** Folder of the server's programs: what PATH names, else the newest of the packages. */
function binaries(): string | undefined {
  const packaged = globSync("/usr/lib/postgresql/*/bin").sort((one, other) =>
    other.localeCompare(one, undefined, { numeric: true }),
  );
  return [...(process.env.PATH ?? "").split(delimiter), ...packaged].find((folder) =>
    PROGRAMS.every((name) => existsSync(join(folder, name))),
  );
}

async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => (await run("id", [flag, "postgres"])).stdout));
  return { uid: Number(uid), gid: Number(gid) };
}
