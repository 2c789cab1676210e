import type { Server, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Broker } from "./broker.ts";
import { Connection } from "./connections/connection.ts";
import { createListener, type ServerTls } from "./connections/listener.ts";
import { ServerStartError } from "./errors.ts";
import { answer } from "./handlers/dispatch.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { diskFiles, unsyncedFiles } from "./storage/disk/disk-files.ts";
import { hasCode } from "./storage/disk/files.ts";
import { type FolderLock, lockFolder } from "./storage/disk/folder-lock.ts";

export interface ServerOptions {
  /** `host:port` to listen on, `[host]:port` for IPv6; port 0 takes a free one. Default `127.0.0.1:8090`. */
  readonly address?: string;
  /** The data folder; created when it is missing. One server at a time uses it. */
  readonly path: string;
  /** 3 … 50 bytes. Default `iggy`. Used at the first start on a folder only, as is the password. */
  readonly rootUsername?: string;
  /** 3 … 100 bytes. Default `iggy`. Later it is changed like any user's. */
  readonly rootPassword?: string;
  /** Milliseconds. A member of a consumer group that is silent for 1.2 times this is evicted. Default 30 000. */
  readonly heartbeatInterval?: number;
  /**
   * Milliseconds a partition may wait for its owner's last commit before it moves to a joining member. Default 30 000.
   */
  readonly rebalancingTimeout?: number;
  /**
   * When the disk is waited for. `topic` (default): as the durability options of each topic say. `always`: before every
   * acknowledgement. `never`: not at all, for tests; what is acknowledged then survives the process, not the machine.
   */
  readonly fsync?: FsyncPolicy;
  /** Serve over TLS only, with this certificate. Default: plain text. */
  readonly tls?: ServerTls;
  readonly logger?: Logger;
}

export type FsyncPolicy = "topic" | "always" | "never";

/** A running server. */
export interface EmbeddedServer {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as a client takes it. */
  readonly address: string;
  /** Ends the connections, saves the indexes and releases the data folder. */
  close(): Promise<void>;
}

const DEFAULT_ADDRESS = "127.0.0.1:8090";
const DEFAULT_PASSWORD = "iggy";
const DEFAULT_HEARTBEAT_INTERVAL = 30_000;
const DEFAULT_REBALANCING_TIMEOUT = 30_000;
const RETENTION_INTERVAL = 60_000;
/** A member may miss this many heartbeats. */
const STALE_FACTOR = 1.2;

/**
 * Starts an Iggy-compatible server (protocol 0.11, as server 0.9.0) in this process.
 *
 * @throws ServerStartError with the code `EADDRINUSE` when the address is taken, `IGC_SERVER_FOLDER_LOCKED` when
 *   another server uses the folder, `IGC_SERVER_CATALOG_DAMAGED`, `IGC_SERVER_ADDRESS`, `IGC_SERVER_TLS` or
 *   `IGC_SERVER_CREDENTIALS`.
 */
export async function startServer(options: ServerOptions): Promise<EmbeddedServer> {
  const { host, port } = parseAddress(options.address ?? DEFAULT_ADDRESS);
  const credentials = checkCredentials(options);
  const lock = await lockFolder(options.path);
  let broker: Broker | undefined;
  try {
    broker = await Broker.open({
      folder: options.path,
      files: options.fsync === "never" ? unsyncedFiles : diskFiles,
      syncAlways: options.fsync === "always",
      logger: options.logger ?? silentLogger,
      rebalancingTimeout: options.rebalancingTimeout ?? DEFAULT_REBALANCING_TIMEOUT,
    });
    await broker.ensureRoot(credentials.username, credentials.password);
    const running = new RunningServer(broker, lock, options);
    await running.listen(host, port);
    if (credentials.password === DEFAULT_PASSWORD && !isLoopback(host)) {
      broker.logger("warn", "other machines can reach this server, and its root user may have the default password", {
        address: running.address,
      });
    }
    return running;
  } catch (error) {
    // The error to report is the one that kept the server from starting, not one of closing it after that.
    await broker?.close().catch(() => undefined);
    await lock.release();
    throw error;
  }
}

class RunningServer implements EmbeddedServer {
  readonly #broker: Broker;
  readonly #lock: FolderLock;
  readonly #staleAfter: number;
  readonly #server: Server;
  readonly #timers: NodeJS.Timeout[] = [];
  #nextConnection = 1;
  #retention: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #host = "";
  #port = 0;

  constructor(
    broker: Broker,
    lock: FolderLock,
    { heartbeatInterval = DEFAULT_HEARTBEAT_INTERVAL, tls }: ServerOptions,
  ) {
    this.#broker = broker;
    this.#lock = lock;
    this.#staleAfter = heartbeatInterval * STALE_FACTOR;
    this.#server = createListener(tls, broker.logger, (socket) => this.#accept(socket));
    this.#timers.push(
      setInterval(() => this.#evictStaleMembers(), Math.max(50, heartbeatInterval / 10)),
      setInterval(() => this.#enforceRetention(), RETENTION_INTERVAL),
    );
  }

  get host(): string {
    return this.#host;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return formatAddress(this.#host, this.#port);
  }

  async listen(host: string, port: number): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen({ host, port }, () => {
          this.#server.off("error", reject);
          resolve();
        });
      });
    } catch (error) {
      for (const timer of this.#timers) clearInterval(timer);
      throw listenError(host, port, error);
    }
    this.#server.on("error", (error) => {
      this.#broker.logger("error", "accepting a connection failed", { cause: error.message });
    });
    const bound = this.#server.address();
    this.#host = host;
    this.#port = typeof bound === "object" && bound !== null ? bound.port : port;
    this.#broker.logger("info", "the embedded Iggy server listens", { address: this.address });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#broker.connections.values()].map((connection) => connection.close()));
    await stopped;
    await this.#retention;
    try {
      await this.#broker.close();
    } finally {
      await this.#lock.release();
    }
  }

  #accept(socket: Socket): void {
    const broker = this.#broker;
    const id = this.#nextConnection++;
    const connection = new Connection(
      id,
      socket,
      broker.logger,
      () => performance.now(),
      (client, header, frame) => answer(broker, client, header, frame),
    );
    broker.connections.set(id, connection);
    socket.on("close", () => {
      broker.connections.delete(id);
      if (connection.session !== undefined) broker.sessions.end(connection.session);
    });
  }

  /** Only members of groups are evicted: they hold partitions that others could work on. */
  #evictStaleMembers(): void {
    const horizon = performance.now() - this.#staleAfter;
    for (const session of this.#broker.sessions.list()) {
      if (session.memberships.size === 0 || session.connection.lastSeen >= horizon) continue;
      this.#broker.logger("warn", "evicting a silent member of a consumer group", {
        address: session.connection.remoteAddress,
      });
      session.connection.evictStale();
      this.#broker.sessions.end(session);
    }
  }

  #enforceRetention(): void {
    this.#retention = this.#retention
      .then(() => this.#broker.enforceRetention())
      .catch((error: unknown) => {
        this.#broker.logger("error", "deleting old log segments failed", { cause: String(error) });
      });
  }
}

function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(address);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) {
    throw new ServerStartError(
      "IGC_SERVER_ADDRESS",
      `${JSON.stringify(address)} is not an address to listen on: write host:port, for example ${DEFAULT_ADDRESS}`,
    );
  }
  return { host, port };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function checkCredentials(options: ServerOptions): { username: string; password: string } {
  const username = options.rootUsername ?? "iggy";
  const password = options.rootPassword ?? DEFAULT_PASSWORD;
  const check = (what: string, value: string, longest: number): void => {
    const bytes = Buffer.byteLength(value);
    if (bytes >= 3 && bytes <= longest) return;
    throw new ServerStartError(
      "IGC_SERVER_CREDENTIALS",
      `the ${what} has ${bytes} bytes; clients can only log in with 3 … ${longest}`,
    );
  };
  check("root user name", username, 50);
  check("root password", password, 100);
  return { username, password };
}

function listenError(host: string, port: number, error: unknown): Error {
  const address = formatAddress(host, port);
  if (hasCode(error, "EADDRINUSE")) {
    return new ServerStartError(
      "EADDRINUSE",
      `${address} is in use by another program: stop it, or choose another address`,
      { cause: error },
    );
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "IGC_SERVER_LISTEN";
  return new ServerStartError(code, `cannot listen on ${address}: ${String(error)}`, { cause: error });
}
