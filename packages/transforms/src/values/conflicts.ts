import type { HeaderValue, Path } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import { existsAt, type JsonPart, setAt } from "@iggy-connectors/sdk/internal";
import type { OnConflict } from "../settings/conflict-setting.ts";
import { HEADER_NAME_RULE, isHeaderText } from "./headers.ts";

/** Two values of a message would have one name. */
export function conflict(name: string, from: string, place: "field" | "header" = "field"): RejectedError {
  return new RejectedError(`${from} and another ${place} would both be named ${name}`, {
    code: "IGC_TRANSFORM_CONFLICT",
    place: `${place} ${name}`,
    fix: 'set on_conflict to "replace", "keep" or "suffix", or give one of the two another name',
  });
}

/** The first of `name_2`, `name_3`, … that is free. */
export function suffixed(name: string, taken: (name: string) => boolean): string {
  for (let number = 2; ; number++) {
    const candidate = `${name}_${number}`;
    if (!taken(candidate)) return candidate;
  }
}

/** As `setAt`, by `policy` where a value is at the path. `from` says in errors where the new value comes from. */
export function placeAt(value: unknown, path: Path, next: JsonPart, policy: OnConflict, from: string): JsonPart {
  if (policy === "replace" || !existsAt(value, path)) return setAt(value, path, next);
  if (policy === "keep") return value as JsonPart;
  if (policy === "fail") throw conflict(path.text, from);
  const parents = path.segments.slice(0, -1);
  const place = (name: string): Path => ({ text: path.text, segments: [...parents, name] });
  const name = suffixed(String(path.segments.at(-1)), (candidate) => existsAt(value, place(candidate)));
  return setAt(value, place(name), next);
}

/** Sets headers in `target`, by `policy` where one of the name exists. */
export function placeHeaders(
  target: Map<string, HeaderValue>,
  entries: Iterable<readonly [name: string, value: HeaderValue, from: string]>,
  policy: OnConflict,
): Map<string, HeaderValue> {
  for (const [name, value, from] of entries) {
    if (policy === "replace" || !target.has(name)) target.set(name, value);
    else if (policy === "fail") throw conflict(name, from, "header");
    else if (policy === "suffix") {
      const free = suffixed(name, (candidate) => target.has(candidate));
      if (!isHeaderText(free)) throw conflict(name, `${from} (a suffixed header ${HEADER_NAME_RULE})`, "header");
      target.set(free, value);
    }
  }
  return target;
}
