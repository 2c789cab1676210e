import { formatRfc3339, fractionOf, setMember } from "@iggy-connectors/sdk/internal";
import type { MessagePlan, MessageTypes } from "./model.ts";
import { WireFault } from "./wire-reader.ts";

type Members = Readonly<Record<string, unknown>>;

export interface JsonFormContext {
  readonly types: MessageTypes;
  /** The content of an `Any`, as a value. */
  readAny(plan: MessagePlan, bytes: Buffer): unknown;
}

/** Seconds of 0001-01-01T00:00:00Z, the first moment that protobuf's Timestamp allows. */
export const FIRST_TIMESTAMP = -62_135_596_800;
const MAX_DURATION_SECONDS = 315_576_000_000;
const MAX_NANOS = 999_999_999;

/** The form of a well-known message in protobuf's JSON mapping, from its fields by their lowerCamelCase names. Throws `WireFault`. */
export function toJsonForm(plan: MessagePlan, members: Members, context: JsonFormContext): unknown {
  switch (plan.wellKnown) {
    case "timestamp":
      return timestamp(members);
    case "duration":
      return duration(members);
    case "wrapper":
      return members.value ?? plan.fields[0]?.defaultValue ?? null;
    case "field_mask":
      return fieldMask(members);
    case "struct":
      return members.fields ?? {};
    case "list_value":
      return members.values ?? [];
    case "value":
      return dynamicValue(members);
    case "any":
      return anyValue(members, context);
    default:
      return members;
  }
}

function timestamp(members: Members): string {
  const seconds = Number(members.seconds ?? 0);
  const text = formatRfc3339({ seconds, nanos: Number(members.nanos ?? 0) });
  if (text === undefined || seconds < FIRST_TIMESTAMP) throw new WireFault("a timestamp is beyond the years 1 to 9999");
  return text;
}

function duration(members: Members): string {
  const seconds = Number(members.seconds ?? 0);
  const nanos = Number(members.nanos ?? 0);
  const mixed = seconds !== 0 && nanos !== 0 && seconds < 0 !== nanos < 0;
  if (Math.abs(seconds) > MAX_DURATION_SECONDS || Math.abs(nanos) > MAX_NANOS || mixed) {
    throw new WireFault("a duration is out of range");
  }
  const sign = seconds < 0 || nanos < 0 ? "-" : "";
  return `${sign}${Math.abs(seconds)}${fractionOf(Math.abs(nanos))}s`;
}

function fieldMask(members: Members): string {
  const paths = (members.paths ?? []) as readonly string[];
  return paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).join(",");
}

function dynamicValue(members: Members): unknown {
  for (const key of ["stringValue", "boolValue", "structValue", "listValue"]) {
    if (Object.hasOwn(members, key)) return members[key];
  }
  if (!Object.hasOwn(members, "numberValue")) return null;
  if (typeof members.numberValue !== "number") throw new WireFault("a dynamic value is a number that is not finite");
  return members.numberValue;
}

/** The content of a type that the schema does not have stays encoded, in base64. */
function anyValue(members: Members, { types, readAny }: JsonFormContext): unknown {
  const url = members.typeUrl;
  const bytes = (members.value ?? "") as string;
  if (typeof url !== "string") {
    if (bytes !== "") throw new WireFault("an Any with content has no type URL");
    return {};
  }
  const plan = types.find(url.slice(url.lastIndexOf("/") + 1));
  if (plan === undefined) return { "@type": url, value: bytes };
  const content = readAny(plan, Buffer.from(bytes, "base64"));
  if (plan.wellKnown !== undefined) return { "@type": url, value: content };
  const value: Record<string, unknown> = { "@type": url };
  for (const [key, member] of Object.entries(content as Members)) setMember(value, key, member);
  return value;
}
