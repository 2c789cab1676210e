import { z } from "zod";
import { FatalError } from "../contract/errors.ts";

/** Bytes per unit. `KB` is 1000 and `KiB` 1024; the letter `B` may be left out; case does not matter. */
const UNITS: ReadonlyMap<string, number> = new Map(
  ["", "k", "m", "g", "t", "p"].flatMap((letter, power): [string, number][] =>
    letter === ""
      ? [
          ["", 1],
          ["b", 1],
        ]
      : [
          [letter, 1000 ** power],
          [`${letter}b`, 1000 ** power],
          [`${letter}i`, 1024 ** power],
          [`${letter}ib`, 1024 ** power],
        ],
  ),
);

const ZERO_WORDS: ReadonlySet<string> = new Set(["unlimited", "none"]);
const FIX = 'write a number of bytes, or a number with a unit such as "64KiB", "16MiB" or "1 GB"';

/**
 * Bytes of a size: a whole number, or a string such as `16MiB`, `1 GB`, `1048576`; `0`, `unlimited` and `none` are 0. Throws
 * `FatalError` (`IGC_CONFIG_BYTE_SIZE`) for anything else.
 */
export function parseByteSize(size: string | number): number {
  const bytes = readByteSize(size);
  if (bytes === undefined) {
    throw new FatalError(`${JSON.stringify(size)} is not a size in bytes`, { code: "IGC_CONFIG_BYTE_SIZE", fix: FIX });
  }
  return bytes;
}

function readByteSize(size: string | number): number | undefined {
  if (typeof size === "number") return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const normal = size.trim().toLowerCase();
  if (ZERO_WORDS.has(normal)) return 0;
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(normal);
  const unit = match === null ? undefined : UNITS.get(match[2]!);
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * A size in a connector's configuration: a string or number in the file, bytes in `create`. Give a default as a string:
 * `byteSize().prefault("16MiB")`.
 */
export function byteSize() {
  return z
    .union([z.string(), z.number()], { error: `must be a size: ${FIX}` })
    .transform((input, context): number => {
      const bytes = readByteSize(input);
      if (bytes === undefined) {
        context.issues.push({ code: "custom", input, message: `${JSON.stringify(input)} is not a size: ${FIX}` });
        return z.NEVER;
      }
      return bytes;
    })
    .meta({ unit: "bytes" });
}
