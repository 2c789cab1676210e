import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";

/** For `eventually`, where workers start and hang: they take many times as long on a busy machine. */
export const SLOW = { timeout: 180_000 };

/** What the tests of one file share while they run. */
export interface IggyForFile {
  readonly folder: string;
  readonly address: string;
  readonly client: IggyClient;
  /** Creates a topic in the stream `s`; without a name it gets one of its own. */
  topic(name?: string): Promise<string>;
  send(topic: string, ...payloads: readonly string[]): Promise<void>;
}

/** Starts an embedded server with the stream `s` before the tests of a file, and removes all of it after them. */
export function iggyForFile(): IggyForFile {
  let folder: string;
  let server: EmbeddedServer;
  let client: IggyClient;
  let topics = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "iggy-supervisor-"));
    server = await startServer({ address: "127.0.0.1:0", path: join(folder, "data") });
    client = await IggyClient.connect({ address: server.address });
    await client.createStream("s");
  });
  after(async () => {
    await client.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    get address() {
      return server.address;
    },
    get client() {
      return client;
    },
    async topic(name = `t${++topics}`) {
      await client.createTopic({ stream: "s", name, partitionsCount: 1 });
      return name;
    },
    async send(topic, ...payloads) {
      const messages = payloads.map((payload) => ({ payload: Buffer.from(payload) }));
      await client.sendMessages({ stream: "s", topic, messages });
    },
  };
}

/** The lines that a sink has written to its output. */
export async function linesOf({ output }: { readonly output: string }): Promise<readonly string[]> {
  return (await readFile(output, "utf8").catch(() => "")).split("\n").slice(0, -1);
}
