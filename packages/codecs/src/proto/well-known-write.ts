import { isJsonObject, parseRfc3339 } from "@iggy-connectors/sdk/internal";
import { ValueFault } from "../errors/value-fault.ts";
import type { MessagePlan, MessageTypes } from "./model.ts";
import { FIRST_TIMESTAMP } from "./well-known-read.ts";

type Members = Readonly<Record<string, unknown>>;

export interface MessageFormContext {
  readonly types: MessageTypes;
  /** The bytes of the content of an `Any`. */
  writeAny(plan: MessagePlan, value: unknown): Uint8Array;
}

const MAX_DURATION_SECONDS = 315_576_000_000;

/** The fields of a well-known message, by their lowerCamelCase names, from its JSON form. Throws `ValueFault`. */
export function fromJsonForm(plan: MessagePlan, value: unknown, context: MessageFormContext): Members {
  switch (plan.wellKnown) {
    case "timestamp":
      return timestamp(value);
    case "duration":
      return duration(value);
    case "wrapper":
      return { value };
    case "field_mask":
      return fieldMask(value);
    case "struct":
      if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
      return { fields: value };
    case "list_value":
      if (!Array.isArray(value)) throw new ValueFault("an array is expected", value);
      return { values: value };
    case "value":
      return dynamicValue(value);
    case "any":
      return anyValue(value, context);
    default:
      throw new ValueFault("an object is expected", value);
  }
}

function timestamp(value: unknown): Members {
  const moment = typeof value === "string" ? parseRfc3339(value) : undefined;
  if (moment === undefined || moment.seconds < FIRST_TIMESTAMP)
    throw new ValueFault('a time such as "2026-03-01T12:00:00Z" is expected', value);
  return { seconds: moment.seconds, nanos: moment.nanos };
}

function duration(value: unknown): Members {
  const match = typeof value === "string" ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value) : null;
  const seconds = match === null ? Number.POSITIVE_INFINITY : Number(match[2]);
  if (match === null || seconds > MAX_DURATION_SECONDS) {
    throw new ValueFault('a duration in seconds such as "1.5s" is expected', value);
  }
  const sign = match[1] === "-" ? -1 : 1;
  return { seconds: sign * seconds || 0, nanos: sign * Number((match[3] ?? "").padEnd(9, "0")) || 0 };
}

function fieldMask(value: unknown): Members {
  if (typeof value !== "string" || value.includes("_")) {
    throw new ValueFault('paths such as "user.displayName,photo" are expected', value);
  }
  if (value === "") return { paths: [] };
  return { paths: value.split(",").map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) };
}

function dynamicValue(value: unknown): Members {
  if (value === null) return { nullValue: 0 };
  if (Array.isArray(value)) return { listValue: value };
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      if (!Number.isFinite(value)) throw new ValueFault("a finite number is expected", value);
      return { numberValue: value };
    case "bigint": {
      const number = Number(value);
      if (BigInt(number) !== value) throw new ValueFault("an integer that a double can hold is expected", value);
      return { numberValue: number };
    }
  }
  if (!isJsonObject(value)) throw new ValueFault("a JSON value is expected", value);
  return { structValue: value };
}

function anyValue(value: unknown, { types, writeAny }: MessageFormContext): Members {
  if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
  const { "@type": url, ...content } = value;
  if (url === undefined) {
    if (Object.keys(value).length > 0) throw new ValueFault('"@type" is missing', value);
    return {};
  }
  if (typeof url !== "string") throw new ValueFault('a string is expected as "@type"', url);
  const plan = types.find(url.slice(url.lastIndexOf("/") + 1));
  if (plan !== undefined) {
    const inner = plan.wellKnown === undefined ? content : content.value;
    return { typeUrl: url, value: writeAny(plan, inner) };
  }
  if (typeof content.value !== "string")
    throw new ValueFault("a type of the schema, or base64 content, is expected", url);
  return { typeUrl: url, value: content.value };
}
