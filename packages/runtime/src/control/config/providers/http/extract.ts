import { printExactJson, usableJson } from "../../../../shared/exact-json.ts";
import { getAt } from "../../../../shared/key-path.ts";
import { ProviderError } from "../provider.ts";

export interface ExtractionPaths {
  readonly data_path?: string | undefined;
  readonly error_path?: string | undefined;
}

/** The payload of an answer. Throws `ProviderError` where the answer reports an error or has no payload. */
export function extract(body: unknown, { data_path, error_path }: ExtractionPaths): unknown {
  checkError(body, error_path);
  if (data_path === undefined) return body;
  const data = valueAt(body, data_path);
  if (data !== undefined) return data;
  throw new ProviderError(`the answer has nothing at ${JSON.stringify(data_path)}, but ${summary(body)}`, {
    code: "IGC_CONFIG_PROVIDER",
    fix: "correct connectors.response.data_path",
  });
}

/** Throws `ProviderError` where a successful answer reports an error. */
export function checkError(body: unknown, path: string | undefined): void {
  const error = path === undefined ? undefined : valueAt(body, path);
  if (error === undefined || error === null) return;
  const reason = typeof error === "string" ? error : printExactJson(usableJson(error));
  throw new ProviderError(`the configuration API answered with an error: ${reason}`, { code: "IGC_CONFIG_PROVIDER" });
}

/** Dots separate the segments; a number is a position in a list. */
function valueAt(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, segment) => {
    if (Array.isArray(value)) return /^\d+$/.test(segment) ? value[Number(segment)] : undefined;
    return getAt(value, [segment]);
  }, body);
}

function summary(body: unknown): string {
  if (Array.isArray(body)) return `a list of ${body.length}`;
  if (typeof body !== "object" || body === null) return `a ${body === null ? "null" : typeof body}`;
  const keys = Object.keys(body);
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : "";
  return `the keys ${keys.slice(0, 5).join(", ") || "(none)"}${more}`;
}
