import { FatalError } from "@iggy-connectors/sdk";

/** Where requests go, with the credentials taken out of the URL. */
export interface BaseUrl {
  readonly origin: string;
  /** Without a slash at the end. */
  readonly prefix: string;
  /** The path as it was written, for requests that add none. */
  readonly path: string;
  /** With its question mark; empty: none. */
  readonly search: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
}

/** @throws FatalError `IGC_HTTP_URL` when the text is not an http(s) URL. */
export function parseBaseUrl(text: string, urlKey: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    // The text itself may hold a password, so it is not repeated.
    throw new FatalError(`"${urlKey}" is not an http:// or https:// URL`, {
      code: "IGC_HTTP_URL",
      place: urlKey,
      fix: `write it like http://localhost:7280`,
    });
  }
  const { username, password } = url;
  return {
    origin: url.origin,
    prefix: url.pathname.replace(/\/+$/, ""),
    path: url.pathname,
    search: url.search,
    credentials:
      username === "" && password === ""
        ? undefined
        : { username: percentDecoded(username), password: percentDecoded(password) },
  };
}

/** The request target below the base: path and query. */
export function requestTarget(
  base: BaseUrl,
  path: string | undefined,
  query: Readonly<Record<string, string>> | undefined,
): string {
  const target =
    path === undefined ? base.path + base.search : `${base.prefix}${path.startsWith("/") ? path : `/${path}`}`;
  return withQuery(target, query);
}

export function withQuery(target: string, query: Readonly<Record<string, string>> | undefined): string {
  if (query === undefined) return target;
  const search = new URLSearchParams(query).toString();
  return search === "" ? target : `${target}${target.includes("?") ? "&" : "?"}${search}`;
}

/** A lone `%` in a password is not an escape: such text is taken as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
