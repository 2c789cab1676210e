import { compileTemplate, type Template } from "@iggy-connectors/http";
import { FatalError, type MessageBatch, RejectedError } from "@iggy-connectors/sdk";
import type { HttpSinkConfig } from "../config.ts";
import { isSingle } from "./body.ts";
import type { Destination, Part } from "./part.ts";

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NOWHERE_ELSE: Destination = { path: undefined, headers: {} };

const HEADER_PLACES = { latin1: "header", percent: "header_percent", rfc8187: "header_rfc8187" } as const;

/** A message whose values do not give a destination. */
interface Unaddressed {
  readonly index: number;
  readonly error: RejectedError;
}

/** Groups the messages of a batch by destination, and renders the templates of URL and headers. */
export class Destinations {
  /** For the client: the whole URL, or its origin where the rest is a template. */
  readonly baseUrl: string;
  /** Headers whose values are always the same. */
  readonly fixedHeaders: Readonly<Record<string, string>>;
  readonly #target: Template | undefined;
  readonly #headers: readonly (readonly [string, Template])[];
  readonly #perMessage: boolean;
  readonly #size: number;

  /** @throws FatalError for an invalid template or header. */
  constructor(config: HttpSinkConfig) {
    const { baseUrl, target } = splitUrl(config.url);
    this.baseUrl = baseUrl;
    this.#target = target;
    const place = HEADER_PLACES[config.header_encoding];
    const headers = Object.entries(config.headers)
      .filter(([name]) => name.toLowerCase() !== "content-type")
      .map(([name, value]) => [checkedName(name), compileTemplate(value, place, `headers.${name}`)] as const);
    this.fixedHeaders = Object.fromEntries(
      headers.filter(([, { varies }]) => varies === "none").map(([name, value]) => [name, fixedText(value)]),
    );
    this.#headers = headers.filter(([, { varies }]) => varies !== "none");
    this.#perMessage = [this.#target, ...this.#headers.map(([, value]) => value)].some(
      (template) => template?.varies === "message",
    );
    this.#size = isSingle(config.batch_mode) ? 1 : config.max_batch_messages || Number.POSITIVE_INFINITY;
  }

  /** Whether URL or headers depend on single messages. */
  get varies(): boolean {
    return this.#perMessage;
  }

  /** Whether the URL depends on a message. */
  get needsMessage(): boolean {
    return this.#target !== undefined;
  }

  /** Parts of the messages at `indexes`, in order; those whose values do not give a valid destination are rejected. */
  parts(batch: MessageBatch, indexes: readonly number[]): { parts: Part[]; rejected: Unaddressed[] } {
    const rejected: Unaddressed[] = [];
    const groups = new Map<string, { destination: Destination; indexes: number[] }>();
    const parts: Part[] = [];
    if (indexes.length === 0) return { parts, rejected };
    const shared = this.#perMessage ? undefined : this.#destination(batch, indexes[0]!);
    for (const index of indexes) {
      try {
        const destination = shared ?? this.#destination(batch, index);
        // In order: a full group is sent before anything behind it.
        const key = shared === undefined ? JSON.stringify(destination) : "";
        let group = groups.get(key);
        if (group === undefined || group.indexes.length >= this.#size) {
          group = { destination, indexes: [] };
          groups.set(key, group);
          parts.push({ batch, ...group });
        }
        group.indexes.push(index);
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        rejected.push({ index, error });
      }
    }
    return { parts, rejected };
  }

  #destination(batch: MessageBatch, index: number): Destination {
    if (this.#target === undefined && this.#headers.length === 0) return NOWHERE_ELSE;
    return {
      path: this.#target === undefined ? undefined : resolved(this.#target.render(batch, index)),
      headers: Object.fromEntries(this.#headers.map(([name, value]) => [name, value.render(batch, index)])),
    };
  }
}

/** Placeholders are for what stands behind the host: messages must not choose the server. */
function splitUrl(url: string): { baseUrl: string; target: Template | undefined } {
  const [, origin = "", rest = ""] = /^([a-z]+:\/\/[^/?#]*)([^#]*)/i.exec(url) ?? [];
  if (/[{}]/.test(origin)) {
    throw new FatalError('"url" has a placeholder in its host', {
      code: "IGC_HTTP_URL",
      place: "url",
      fix: "use placeholders only in the path and the query",
    });
  }
  const target = compileTemplate(rest.startsWith("/") ? rest : `/${rest}`, "url", "url");
  return target.varies === "none" ? { baseUrl: url, target: undefined } : { baseUrl: origin, target };
}

/** Percent-encodes what the template itself contains unencoded. */
function resolved(target: string): string {
  const { pathname, search } = new URL(target, "http://host");
  return pathname + search;
}

function checkedName(name: string): string {
  if (HEADER_NAME.test(name)) return name.toLowerCase();
  throw new FatalError(`${JSON.stringify(name)} is not a valid header name`, {
    code: "IGC_SINK_HTTP_HEADER",
    place: "headers",
    fix: "use letters, digits and hyphens",
  });
}

/** Braces are unescaped by rendering, which needs no message here. */
function fixedText(template: Template): string {
  const text = template.text.replaceAll("{{", "{").replaceAll("}}", "}");
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  throw new FatalError("the value of a header has characters that are not allowed in headers", {
    code: "IGC_SINK_HTTP_HEADER",
    place: "headers",
    fix: "use visible characters of ASCII or Latin-1, on one line",
  });
}
