import {
  exactAt,
  FatalError,
  idText,
  JsonNumber,
  type Message,
  type MessageBatch,
  parsePath,
  RejectedError,
} from "@iggy-connectors/sdk";

/** How the value of the placeholder `name` is written into the text; undefined where it is missing or not allowed. */
export type TemplateWriter = (value: string | undefined, name: string) => string | undefined;
/**
 * Where a template's text goes, which decides how values are written into it. `header`: as they are, visible characters of Latin-1
 * only. `header_percent`, `header_rfc8187`: any text, percent-encoded, or as the extended value of RFC 8187 §3.2.
 */
export type TemplatePlace = "url" | "header" | "header_percent" | "header_rfc8187" | TemplateWriter;

/** These are the same for all messages of a batch; the others may differ per message. */
const BATCH_FIELDS: ReadonlyMap<string, (batch: MessageBatch) => string> = new Map([
  ["stream", (batch) => batch.stream],
  ["topic", (batch) => batch.topic],
  ["partition", (batch) => String(batch.partition)],
]);
const MESSAGE_FIELDS: ReadonlyMap<string, (message: Message) => string> = new Map([
  ["offset", (message) => String(message.offset)],
  ["id", (message) => idText(message.id)],
  ["timestamp", (message) => String(message.timestamp)],
  ["year", (message) => hourOf(message).slice(0, 4)],
  ["month", (message) => hourOf(message).slice(5, 7)],
  ["day", (message) => hourOf(message).slice(8, 10)],
  ["hour", (message) => hourOf(message).slice(11, 13)],
]);
const HEADER = "header.";
const PAYLOAD = "payload.";
const KNOWN =
  "{stream}, {topic}, {partition}, {offset}, {id}, {timestamp}, {year}, {month}, {day}, {hour}, {header.NAME}, {payload.PATH}";

type Render = (batch: MessageBatch, index: number) => string | undefined;

/** Text with placeholders for a message's metadata, headers and fields; `{{` and `}}` are braces. */
export interface Template {
  readonly text: string;
  /** `none`: always the same text. `batch`: the same for all messages of a batch. */
  readonly varies: "none" | "batch" | "message";
  /**
   * The text for the message at `index`.
   * @throws RejectedError `IGC_HTTP_TEMPLATE_VALUE` when the message has no such value, or one that is not allowed there.
   */
  render(batch: MessageBatch, index: number): string;
}

/** @throws FatalError `IGC_HTTP_TEMPLATE` that names the configuration key, for an unknown placeholder or a lone brace. */
export function compileTemplate(text: string, place: TemplatePlace, key: string): Template {
  const parts: (string | { readonly name: string; readonly render: Render })[] = [];
  let varies: Template["varies"] = "none";
  for (const token of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    const [whole, name] = token;
    if (whole === "{{" || whole === "}}") parts.push(whole[0] as string);
    else if (name !== undefined) {
      const field = fieldOf(name, key);
      if (field.varies === "message" || varies === "none") varies = field.varies;
      parts.push({ name, render: field.render });
    } else if (whole === "{" || whole === "}") {
      throw invalid(`has a lone "${whole}"`, key, 'write "{{" and "}}" for braces');
    } else parts.push(whole);
  }
  const write = typeof place === "function" ? place : WRITERS[place];
  return {
    text,
    varies,
    render(batch, index) {
      let rendered = "";
      for (const part of parts) {
        if (typeof part === "string") rendered += part;
        else {
          const value = part.render(batch, index);
          const written = write(value, part.name);
          if (written === undefined) throw unusable(value, part.name, key, batch, index);
          rendered += written;
        }
      }
      return rendered;
    },
  };
}

function fieldOf(name: string, key: string): { varies: "batch" | "message"; render: Render } {
  const ofBatch = BATCH_FIELDS.get(name);
  if (ofBatch !== undefined) return { varies: "batch", render: ofBatch };
  const ofMessage = MESSAGE_FIELDS.get(name);
  if (ofMessage !== undefined) return { varies: "message", render: (batch, index) => ofMessage(batch.at(index)) };
  if (name.startsWith(HEADER) && name.length > HEADER.length) {
    const header = name.slice(HEADER.length);
    return {
      varies: "message",
      render: (batch, index) => {
        const value = batch.at(index).headers.get(header);
        return value === undefined || value.kind === "raw" ? undefined : String(value.value);
      },
    };
  }
  if (name.startsWith(PAYLOAD)) {
    let path: ReturnType<typeof parsePath>;
    try {
      path = parsePath(name.slice(PAYLOAD.length));
    } catch (error) {
      throw invalid(`has {${name}}: ${(error as Error).message}`, key, "correct the path");
    }
    // The first of several values would stand for all of them.
    if (path.segments.some((segment) => typeof segment === "symbol"))
      throw invalid(`has {${name}}, which names several values`, key, "name one element, such as [0]");
    return {
      varies: "message",
      render: (batch, index) => {
        const value = exactAt(batch.at(index).value, path);
        if (value instanceof JsonNumber) return value.text;
        return value === null || typeof value === "object" ? undefined : value?.toString();
      },
    };
  }
  throw invalid(`has the unknown placeholder {${name}}`, key, `use ${KNOWN}`);
}

const WRITERS: Readonly<Record<Exclude<TemplatePlace, TemplateWriter>, TemplateWriter>> = {
  /** Percent-encoded as one part of a path or query, so that no payload can change the path. */
  url: (value) =>
    value === undefined || value === "" || value === "." || value === ".." || !value.isWellFormed()
      ? undefined
      : encodeURIComponent(value),
  /** Visible characters only, so that no payload can add a header. */
  header: (value) => (value === undefined || NOT_IN_HEADERS.test(value) ? undefined : value),
  /** Reversible with `decodeURIComponent`: what is not visible ASCII, and the escape itself. */
  header_percent: (value) =>
    value?.isWellFormed() === true ? value.replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent) : undefined,
  /** `UTF-8''…`, whatever is in it: the value of a parameter whose name ends in `*`. */
  header_rfc8187: (value) =>
    value?.isWellFormed() === true
      ? `UTF-8''${encodeURIComponent(value).replace(/['()*]/g, percentEncoded)}`
      : undefined,
};

/** What undici and HTTP refuse in a header, or what its bytes, Latin-1, cannot hold. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/u;

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

const MICROSECONDS_PER_HOUR = 3_600_000_000;
let lastHour = Number.NaN;
let lastHourText = "";

/** `2026-01-31T23` of the broker's time, UTC. Messages come in time order, so that the last result is mostly the next one. */
function hourOf({ timestamp }: Message): string {
  const hour = Math.floor(timestamp / MICROSECONDS_PER_HOUR);
  if (hour !== lastHour) {
    lastHour = hour;
    lastHourText = new Date(hour * (MICROSECONDS_PER_HOUR / 1000)).toISOString().slice(0, 13);
  }
  return lastHourText;
}

/** The placeholder stands without its braces: the text of a configured header is a secret, and would be masked here. */
function unusable(value: string | undefined, name: string, key: string, batch: MessageBatch, index: number): Error {
  const offset = batch.offset(index);
  const missing = value === undefined;
  const found = missing ? null : NOT_IN_HEADERS.exec(value);
  const what = missing ? "has no string, number or boolean" : "has a value that is not allowed there";
  const which = found === null ? "" : ` (it contains ${named(found[0])})`;
  return new RejectedError(`the message at offset ${offset} ${what}${which}, for ${name} in "${key}"`, {
    code: "IGC_HTTP_TEMPLATE_VALUE",
    place: `offset ${offset}`,
    fix: fixOf(key, missing),
  });
}

function fixOf(key: string, missing: boolean): string {
  if (missing || !key.startsWith("headers.")) return "send the value with every message, or set it with a transform";
  return 'set header_encoding = "percent" or "rfc8187", or change the value with a transform';
}

/** `"\u0141" (U+0141)`, without the character where it cannot be seen. */
function named(character: string): string {
  const code = `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
  return /[\p{C}\p{Z}]/u.test(character) ? code : `"${character}" (${code})`;
}

function invalid(what: string, key: string, fix: string): FatalError {
  return new FatalError(`"${key}" ${what}`, { code: "IGC_HTTP_TEMPLATE", place: key, fix });
}
