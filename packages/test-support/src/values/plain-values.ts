import type { ValueCase } from "./value-case.ts";

function plain(codec: "text" | "raw", name: string, hex: string, value: unknown): ValueCase {
  const isText = codec === "text";
  return {
    name: `${codec}: ${name}`,
    codec,
    type: isText ? "string" : "bytes",
    keys: {},
    hex,
    value,
    json: undefined,
    ...(isText ? {} : { bytes: hex }),
  };
}

/** Whole payloads. */
export const PLAIN_VALUES: readonly ValueCase[] = [
  plain("text", "beyond the BMP", "c581c3b364c5ba20f09f909d", "Łódź 🐝"),
  plain("text", "empty", "", ""),
  plain("text", "JSON text stays text", "7b2276223a312e31307d", '{"v":1.10}'),
  plain("raw", "any bytes", "0001feff", Uint8Array.of(0, 1, 254, 255)),
  plain("raw", "empty", "", new Uint8Array()),
];
