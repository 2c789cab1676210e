import { createHash } from "node:crypto";
import { compileTemplate, type Template, type TemplateWriter } from "@iggy-connectors/http";
import {
  historyTag,
  type MessageBatch,
  RejectedError,
  type StreamSelection,
  siblingNumber,
} from "@iggy-connectors/sdk";
import type { ElasticsearchSinkConfig } from "../config.ts";

const PLACE_NAMES = ["stream", "topic", "partition", "offset"];
/** The default id. */
const PLACE = PLACE_NAMES.map((name) => `{${name}}`).join(":");
/** Below it no id is too long. */
const MAX_HEAD = 480;
/** What both servers allow: bytes of an id, and of a name. */
const MAX_ID_BYTES = 512;
const MAX_NAME_BYTES = 255;
/** Most bytes of UTF-8 that one UTF-16 code unit becomes. */
const BYTES_PER_CODE_UNIT = 3;
// biome-ignore lint/suspicious/noControlCharactersInRegex: values come from outside and may hold any character.
const NOT_IN_NAMES = /[\\/*?"<>| ,#:\u0000-\u001f]/;

/**
 * What determines a document's id. `server`: the server generates it. `message`: the message's position or its own id, so that
 * two messages never share one. `value`: something else, which several messages may share.
 */
export type Identity = "server" | "message" | "value";

/** Decides where documents go: the action lines of bulk requests. */
export class Addressing {
  readonly identity: Identity;
  /** The index that everything goes to, where it is always the same. */
  readonly constantIndex: string | undefined;
  /** Matches every index that documents may go to. */
  readonly indexPattern: string;
  readonly variesPerMessage: boolean;
  readonly #op: "index" | "create";
  readonly #index: Template;
  readonly #id: Template | undefined;
  readonly #routing: Template | undefined;
  readonly #versioned: boolean;
  /** Whether ids are positions in Iggy. */
  readonly #byPlace: boolean;
  readonly #name: string;
  /** Whether only the offset differs between the actions of a partition, so that the rest is made once. */
  readonly #byOffset: boolean;
  #head = { stream: "", topic: "", partition: -1, name: "", text: "" };

  /** @throws FatalError `IGC_HTTP_TEMPLATE` that names the key of a template that can never work. */
  constructor(config: ElasticsearchSinkConfig) {
    this.#op = config.op_type ?? (config.data_stream ? "create" : "index");
    this.#index = compileTemplate(config.index, (value) => value?.toLowerCase(), "index");
    this.#id = config.document_id === "" ? undefined : compileTemplate(config.document_id, idPart, "document_id");
    this.#routing =
      config.routing === undefined ? undefined : compileTemplate(config.routing, (value) => value, "routing");
    this.#versioned = config.version === "offset";
    this.#name = config.index;
    this.#byOffset = config.document_id === PLACE && config.routing === undefined && !this.#versioned;
    this.identity = identityOf(config.document_id);
    this.#byPlace = this.identity === "message" && !hasOwnId(config.document_id);
    this.variesPerMessage = this.#index.varies === "message";
    this.constantIndex =
      this.#index.varies === "none" ? config.index.replaceAll("{{", "{").replaceAll("}}", "}") : undefined;
    this.indexPattern = this.constantIndex ?? config.index.replace(/\{[^{}]*\}/g, "*");
  }

  /** @throws RejectedError when the message's values do not give a valid index name. */
  index(batch: MessageBatch, index: number): string {
    if (this.constantIndex !== undefined) return this.constantIndex;
    const name = this.#index.render(batch, index);
    // A message must not choose a hidden index of the cluster; an operator may.
    const leading = /^[-_+.]/.test(name) && !/^[-_+.]/.test(this.#name);
    const faulty = leading || NOT_IN_NAMES.test(name) || /^\.{0,2}$/.test(name);
    if (!faulty && Buffer.byteLength(name) <= MAX_NAME_BYTES && name.isWellFormed()) return name;
    throw unusable(batch, index, "index", "does not give a valid index name");
  }

  /** The action line of the document that goes to the index `name`, without its line feed. */
  action(batch: MessageBatch, index: number, name: string): string {
    if (this.#byOffset && batch.length === batch.consumed) {
      const head = this.#headOf(batch, name);
      if (head.length < MAX_HEAD) return `${head}${batch.offset(index)}${historyTag(batch)}"}}`;
    }
    return this.#generalAction(batch, index, name);
  }

  /** The action line up to the offset. */
  #headOf({ stream, topic, partition }: MessageBatch, name: string): string {
    const head = this.#head;
    if (head.partition === partition && head.name === name && head.stream === stream && head.topic === topic) {
      return head.text;
    }
    const id = [stream, topic, String(partition)].map(encodeURIComponent).join(":");
    const text = `{"${this.#op}":{"_index":${JSON.stringify(name)},"_id":"${id}:`;
    this.#head = { stream, topic, partition, name, text };
    return text;
  }

  #generalAction(batch: MessageBatch, index: number, name: string): string {
    let action = `{"${this.#op}":{"_index":${JSON.stringify(name)}`;
    if (this.#id !== undefined) action += `,"_id":${JSON.stringify(this.#idOf(this.#id, batch, index))}`;
    if (this.#routing !== undefined) {
      const routing = this.#routing.render(batch, index);
      if (routing === "") throw unusable(batch, index, "routing", "gives an empty routing value");
      action += `,"routing":${JSON.stringify(routing)}`;
    }
    if (this.#versioned) action += `,"version":${batch.offset(index)},"version_type":"external"`;
    return `${action}}}`;
  }

  #idOf(template: Template, batch: MessageBatch, index: number): string {
    let id = template.render(batch, index);
    if (this.identity === "message") id += siblingSuffix(batch, index);
    // Offsets of a topic that was created again begin again: they are no ids of the old documents.
    if (this.#byPlace) id += historyTag(batch);
    if (id === "") throw unusable(batch, index, "document_id", "gives an empty id");
    const short = id.length * BYTES_PER_CODE_UNIT <= MAX_ID_BYTES || Buffer.byteLength(id) <= MAX_ID_BYTES;
    return short ? id : createHash("sha256").update(id).digest("hex");
  }
}

/** Names may contain the separators of an id: they are escaped, so that two positions never share an id. */
const idPart: TemplateWriter = (value, name) => {
  if (value?.isWellFormed() === false) return undefined;
  return value !== undefined && (name === "stream" || name === "topic") ? encodeURIComponent(value) : value;
};

/** Placeholders without a separator that cannot be part of a name: two positions may give the same text. */
const RUN_TOGETHER = /\}[\w.!~*'()%-]*\{/;

/**
 * What is missing in ids that are made of offsets: without it messages of several topics or partitions would replace each other.
 * Empty where ids have another source, and where index and id together say enough.
 */
export function missingInIds(
  { document_id, index }: Pick<ElasticsearchSinkConfig, "document_id" | "index">,
  streams: readonly StreamSelection[],
): string[] {
  const inId = placeholders(document_id);
  if (!inId.includes("offset") || inId.some((name) => !PLACE_NAMES.includes(name))) return [];
  const said = new Set([...inId, ...placeholders(index)]);
  const topics = new Set(streams.flatMap(({ topics }) => topics));
  const several = {
    stream: new Set(streams.map(({ stream }) => stream)).size > 1,
    topic: topics.size > 1 || streams.some(({ pattern }) => pattern),
    partition: true,
  };
  return Object.entries(several).flatMap(([name, varies]) => (varies && !said.has(name) ? [`{${name}}`] : []));
}

function placeholders(template: string): string[] {
  return [...withoutBraces(template).matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
}

function hasOwnId(template: string): boolean {
  return withoutBraces(template).includes("{id}");
}

function withoutBraces(template: string): string {
  return template.replace(/\{\{|\}\}/g, "_");
}

/** What an id with this template stands for. */
export function identityOf(template: string): Identity {
  if (template === "") return "server";
  if (hasOwnId(template)) return "message";
  const unescaped = withoutBraces(template);
  const names = placeholders(template);
  const others = names.filter((name) => !PLACE_NAMES.includes(name));
  const complete = PLACE_NAMES.every((name) => names.includes(name));
  return complete && others.length <= 1 && !RUN_TOGETHER.test(unescaped) ? "message" : "value";
}

/** Tells apart what a transform made of one message: those share its offset. */
function siblingSuffix(batch: MessageBatch, index: number): string {
  const number = siblingNumber(batch, index);
  return number === 0 ? "" : `:${number}`;
}

function unusable(batch: MessageBatch, index: number, key: string, what: string): RejectedError {
  const offset = batch.offset(index);
  return new RejectedError(`the message at offset ${offset} ${what} with "${key}"`, {
    code: "IGC_SINK_ELASTICSEARCH_ADDRESS",
    place: `offset ${offset}`,
    fix: "send messages whose values are valid there, or set them with a transform",
  });
}
