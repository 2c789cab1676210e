import { createTopic, describeOptions, type Options } from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";
import type { CommandPort } from "./port.ts";

/** Options that not every server since 0.9 knows; a server that does not know one refuses the whole command. */
const NOT_EVERYWHERE = ["durability", "consumer_offset_durability"];

/**
 * The topic options that the server knows: asked for once per login, and only where an option is not known everywhere.
 */
export class KnownTopicOptions {
  readonly #port: CommandPort;
  #known: { readonly epoch: number; readonly keys: ReadonlySet<string> } | undefined;

  constructor(port: CommandPort) {
    this.#port = port;
  }

  /** @throws IggyError 4041, naming the server, when it does not know one of the options. */
  async expectKnown(options: Options): Promise<void> {
    const uncertain = NOT_EVERYWHERE.filter((key) => options.has(key));
    if (uncertain.length === 0) return;
    const known = await this.#keys();
    const unknown = uncertain.find((key) => !known.has(key));
    if (unknown === undefined) return;
    const { server } = this.#port;
    throw new IggyError(CODE.unsupportedOptionKey, {
      command: createTopic.name,
      detail: `Iggy ${server?.version ?? ""} at ${server?.address} does not know the topic option ${unknown}`,
      advice: "servers know it since 0.9.0: leave it out, or upgrade the server",
    });
  }

  async #keys(): Promise<ReadonlySet<string>> {
    const { epoch } = this.#port;
    if (this.#known?.epoch === epoch) return this.#known.keys;
    const descriptions = await this.#port.call(describeOptions, { scope: "topic" });
    const keys = new Set(descriptions.map(({ key }) => key));
    this.#known = { epoch, keys };
    return keys;
  }
}
