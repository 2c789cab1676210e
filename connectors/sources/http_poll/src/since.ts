import type { JsonValue } from "@iggy-connectors/sdk";
import type { SinceValue } from "./state.ts";

/** A record's value as the state keeps it; `undefined`: it has none that can be compared. */
export function sinceValue(value: JsonValue | undefined): SinceValue | undefined {
  if (typeof value === "number" || typeof value === "bigint") return { kind: "number", text: String(value) };
  return typeof value === "string" && value !== "" ? { kind: "text", text: value } : undefined;
}

/** The greater of two; numbers by value, texts by their characters, as times in one format compare. Of two kinds the newer. */
export function greater(known: SinceValue | undefined, next: SinceValue | undefined): SinceValue | undefined {
  if (known === undefined || next === undefined) return next ?? known;
  if (known.kind !== next.kind) return next;
  if (known.kind === "text") return next.text > known.text ? next : known;
  const [left, right] = [known.text, next.text].map((text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text)));
  return right! > left! ? next : known;
}
