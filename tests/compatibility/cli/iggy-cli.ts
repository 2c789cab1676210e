import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { tableRows } from "./table.ts";

const BINARY = process.env.IGGY_CLI;

/** Why the tests with the official command line tool do not run, or false when they do. */
export const skip: string | false =
  BINARY === undefined || BINARY === "" ? "IGGY_CLI does not name the iggy binary (CONTRIBUTING.md says how)" : false;

let told = false;

/** A test with the tool; without it one line says so for all tests of a file. */
export function judged(name: string, run: () => Promise<void>, missing: string | false = skip): void {
  if (missing === false) {
    test(name, run);
  } else if (!told) {
    told = true;
    test("the official command line tool", { skip: missing });
  }
}

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Instead of the root user's name and password. */
  readonly credentials?: readonly string[];
}

/** The official command line tool (crate iggy-cli) and an embedded server of its own. */
export class IggyCli implements AsyncDisposable {
  readonly address: string;
  /** Also the tool's home, where it keeps its contexts. */
  readonly folder: string;
  readonly #server: EmbeddedServer;
  readonly #temporary: TemporaryFolder;
  readonly #problems: string[];

  private constructor(server: EmbeddedServer, temporary: TemporaryFolder, problems: string[]) {
    this.address = server.address;
    this.folder = temporary.path;
    this.#server = server;
    this.#temporary = temporary;
    this.#problems = problems;
  }

  static async start(): Promise<IggyCli> {
    const temporary = await temporaryFolder("iggy-cli-");
    const problems: string[] = [];
    const server = await startServer({
      address: "127.0.0.1:0",
      path: join(temporary.path, "data"),
      logger: (level, message, fields) => {
        if (level === "error") problems.push(`${message} ${JSON.stringify(fields)}`);
      },
    });
    return new IggyCli(server, temporary, problems);
  }

  run(arguments_: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const { input = "", credentials = ["-u", "iggy", "-p", "iggy"] } = options;
    const place = ["--tcp-server-address", this.address, "--tcp-reconnection-max-retries", "0"];
    return this.#spawn(BINARY ?? "", [...place, ...credentials, ...arguments_], {}, input);
  }

  /** Runs a shell script in the tool's home. */
  shell(script: string, environment: NodeJS.ProcessEnv): Promise<Answer> {
    return this.#spawn("sh", ["-c", script], environment, "");
  }

  #spawn(
    command: string,
    arguments_: readonly string[],
    environment: NodeJS.ProcessEnv,
    input: string,
  ): Promise<Answer> {
    const child = spawn(command, arguments_, {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        IGGY_HOME: this.folder,
        XDG_RUNTIME_DIR: this.folder,
        RUST_BACKTRACE: "0",
        ...environment,
      },
      timeout: 30_000,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** Runs a command that must succeed; resolves with its standard output. */
  async ok(...arguments_: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(arguments_);
    assert.equal(code, 0, `iggy ${arguments_.join(" ")}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs a command that the server must refuse with this text. */
  async refused(reason: RegExp, ...arguments_: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await this.run(arguments_);
    assert.notEqual(code, 0, `iggy ${arguments_.join(" ")} was not refused:\n${stdout}`);
    assert.match(stderr, reason);
  }

  /** Runs a command that prints a table; one record per row, by column name. */
  async rows(...arguments_: readonly string[]): Promise<Record<string, string>[]> {
    return tableRows(await this.ok(...arguments_));
  }

  /** Runs a command that prints a table of properties. */
  async properties(...arguments_: readonly string[]): Promise<Record<string, string>> {
    const rows = await this.rows(...arguments_);
    return Object.fromEntries(rows.map((row) => [row.Property ?? row["Server property"], row.Value ?? ""]));
  }

  /** Ends the server; fails when it logged an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    await this.#temporary[Symbol.asyncDispose]();
    assert.deepEqual(this.#problems, []);
  }
}
