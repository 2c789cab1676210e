/** The names by which the JSON forms of protobuf and FlatBuffers write what JSON has no number for. */
export const FLOAT_NAMES: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/** A double as JSON: its name where it is not finite. */
export function finiteOrName(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
