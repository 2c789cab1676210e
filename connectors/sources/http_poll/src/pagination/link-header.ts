const VALUE = String.raw`(?:"((?:[^"\\]|\\.)*)"|([^",;\s]+))`;
/** A target has no angle bracket; parameters are tokens or quoted strings, which may hold commas and semicolons. */
const LINK = new RegExp(String.raw`<([^>]*)>((?:\s*;\s*[\w-]+\*?(?:\s*=\s*${VALUE})?)*)`, "g");
const PARAMETER = new RegExp(String.raw`;\s*([\w-]+\*?)(?:\s*=\s*${VALUE})?`, "g");

/** The target of the first link with `rel="next"` in a `Link` header (RFC 8288); relative as it may be. */
export function nextLink(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(", ") : (header ?? "");
  for (const [, target, parameters = ""] of text.matchAll(LINK)) {
    if (target !== "" && isNext(parameters)) return target;
  }
  return undefined;
}

/** Of several `rel` the first counts. */
function isNext(parameters: string): boolean {
  for (const [, name = "", quoted, token] of parameters.matchAll(PARAMETER)) {
    if (name.toLowerCase() !== "rel") continue;
    return (quoted ?? token ?? "").toLowerCase().split(/\s+/).includes("next");
  }
  return false;
}
