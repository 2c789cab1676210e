import { join } from "node:path";
import { IggyClient } from "@iggy-connectors/client";
import { freePort } from "../free-port.ts";
import { type TemporaryFolder, temporaryFolder } from "../temporary-folder.ts";
import { IggyProcess } from "./iggy-process.ts";
import { RuntimeProcess, writeConfiguration } from "./runtime-process.ts";

/**
 * What a test of a connector in a running runtime needs: a temporary folder, Iggy in a process of its own with its data in
 * that folder, and a client of it. Everything ends with the `await using` scope.
 */
export class TestEnvironment implements AsyncDisposable {
  /** Path of the folder; the runtime's configuration and state lie there, too. */
  readonly folder: string;
  readonly iggy: IggyProcess;
  /** Where Iggy listens, `host:port`. */
  readonly address: string;
  readonly client: IggyClient;
  readonly #temporary: TemporaryFolder;
  readonly #port: number;

  private constructor(
    temporary: TemporaryFolder,
    iggy: { readonly process: IggyProcess; readonly address: string },
    client: IggyClient,
    port: number,
  ) {
    this.#temporary = temporary;
    this.folder = temporary.path;
    this.iggy = iggy.process;
    this.address = iggy.address;
    this.client = client;
    this.#port = port;
  }

  static async start(): Promise<TestEnvironment> {
    const folder = await temporaryFolder();
    const iggy = await IggyProcess.start(join(folder.path, "data"));
    const client = await IggyClient.connect({ address: iggy.address });
    return new TestEnvironment(folder, iggy, client, await freePort());
  }

  /** Sends messages to a topic; stream and topic are created where they are missing, the topic with one partition. */
  async send(stream: string, topic: string, payloads: readonly (string | Uint8Array)[]): Promise<void> {
    await this.createTopic(stream, topic);
    const messages = payloads.map((payload) => ({
      payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    }));
    await this.client.sendMessages({ stream, topic, messages });
  }

  /** Creates a topic and its stream where they are missing. */
  async createTopic(stream: string, name: string, partitionsCount = 1): Promise<void> {
    if ((await this.client.getStream(stream)) === undefined) await this.client.createStream(stream);
    if ((await this.client.getTopic(stream, name)) === undefined) {
      await this.client.createTopic({ stream, name, partitionsCount });
    }
  }

  /**
   * Starts a runtime with these connector files (TOML, by name), on the same port and state each time, so that a killed one
   * can be started again.
   */
  async runtime(
    connectors: Readonly<Record<string, string>>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<RuntimeProcess> {
    const layout = { folder: this.folder, iggy: this.address, port: this.#port, connectors };
    return RuntimeProcess.start(await writeConfiguration(layout), this.#port, environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.iggy[Symbol.asyncDispose]();
    await this.#temporary[Symbol.asyncDispose]();
  }
}
