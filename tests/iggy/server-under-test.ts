import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type ClientOptions, IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, type ServerOptions, startServer } from "@iggy-connectors/server";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";

const NAMED = process.env.IGGY_TEST_ADDRESS;

/**
 * The server under test: the one that `IGGY_TEST_ADDRESS` names (`host:port`, with `IGGY_TEST_USERNAME` and
 * `IGGY_TEST_PASSWORD` where they are not `iggy`), else an embedded one. What tests make there has names of its own and
 * is deleted afterwards, so the server may hold other things.
 */
export class ServerUnderTest implements AsyncDisposable {
  readonly address: string;
  readonly #embedded: EmbeddedServer | undefined;
  readonly #folder: TemporaryFolder | undefined;
  readonly #clients: IggyClient[] = [];
  readonly #cleaning: (() => Promise<void>)[] = [];

  private constructor(address: string, embedded?: EmbeddedServer, folder?: TemporaryFolder) {
    this.address = address;
    this.#embedded = embedded;
    this.#folder = folder;
  }

  /** `options` are for an embedded server only. */
  static async start(options: Partial<ServerOptions> = {}): Promise<ServerUnderTest> {
    if (NAMED !== undefined && NAMED !== "") return new ServerUnderTest(NAMED);
    const folder = await temporaryFolder("iggy-suite-");
    const path = join(folder.path, "data");
    const server = await startServer({ address: "127.0.0.1:0", path, fsync: "never", ...options });
    return new ServerUnderTest(server.address, server, folder);
  }

  /** A client of the root user, or of who `options` say; closed at the end. */
  async connect(options: Partial<ClientOptions> = {}): Promise<IggyClient> {
    const own = options.username !== undefined || options.token !== undefined;
    const root = {
      username: process.env.IGGY_TEST_USERNAME ?? "iggy",
      password: process.env.IGGY_TEST_PASSWORD ?? "iggy",
    };
    const client = await IggyClient.connect({
      address: this.address,
      verifyChecksums: "messages",
      ...(own ? {} : root),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Run at the end, last first, whatever became of the test. */
  clean(up: () => Promise<void>): void {
    this.#cleaning.push(up);
  }

  /** A stream of its own. */
  async stream(client: IggyClient): Promise<string> {
    const name = unique("stream");
    await client.createStream(name);
    this.clean(() => client.deleteStream(name));
    return name;
  }

  /** A stream of its own with the topic `t`. */
  async topic(client: IggyClient, partitionsCount: number): Promise<{ stream: string; topic: string }> {
    const stream = await this.stream(client);
    await client.createTopic({ stream, name: "t", partitionsCount });
    return { stream, topic: "t" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const up of this.#cleaning.reverse()) await up().catch(() => {});
    for (const client of this.#clients) await client.close();
    await this.#embedded?.close();
    await this.#folder?.[Symbol.asyncDispose]();
  }
}

/** Whether the client found a server of 0.8 or older. */
export function isLegacy(client: IggyClient): boolean {
  return client.server?.protocol === "legacy";
}

export function unique(what: string): string {
  return `suite-${what}-${randomUUID().slice(0, 13)}`;
}
