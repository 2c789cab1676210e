import { isIP } from "node:net";
import { isLoopback, parseAddress } from "../config/address.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { Refusal } from "../operations/refusal.ts";

type HttpConfig = Pick<RuntimeConfig["http"], "address" | "api_key" | "allowed_hosts" | "cors">;

export interface AdmittedRequest {
  readonly method: string;
  /** As it was sent: a path, or in absolute form. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Methods that change nothing. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Why a request may not be answered; `undefined`: it may.
 *
 * A web page can send requests to an API on the machine of its visitor, and without an API key nothing but the request itself
 * tells such a page from an operator. What a page cannot choose is the name that it was loaded from: it is in `Host` when the
 * page points its own name at this machine, and in `Origin` and `Sec-Fetch-Site` when it asks from elsewhere. (Fetch Standard;
 * "Fetch Metadata Request Headers", W3C; RFC 6454.)
 */
export function refusalOf(config: HttpConfig, request: AdmittedRequest): Refusal | undefined {
  const keyed = config.api_key !== "";
  if (!keyed) {
    const name = addressedNames(request).find((one) => !isOwnName(config, one));
    if (name !== undefined) return foreignHost(name);
  }
  // With a key a page cannot read anything: it does not know the key.
  if (keyed && SAFE.has(request.method)) return undefined;
  return isForeign(config, request) ? foreignOrigin(request) : undefined;
}

/** The names by which a request addresses the API: its header `Host`, and that of its URL where that is in absolute form. */
function addressedNames({ url, headers }: AdmittedRequest): string[] {
  const { host } = headers;
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return [typeof host === "string" ? host : "", ...(absolute === undefined ? [] : [absolute])];
}

/** Names that only this machine, or the operator, gives to the API. The port does not matter: it may be forwarded. */
function isOwnName({ address, allowed_hosts }: HttpConfig, authority: string): boolean {
  const name = nameOf(authority);
  if (name === undefined) return false;
  if (isLoopback(name)) return true;
  const bound = parseAddress(address)?.host;
  // A page has the name of the server that it was loaded from: it cannot have an address as its name and be elsewhere.
  if (isIP(name) !== 0) return bound !== undefined && !isLoopback(bound);
  return [bound, ...allowed_hosts].some((own) => own !== undefined && nameOf(own) === name);
}

/** The host of `host` or `host:port`, as URLs spell it: in lower case, an address in its usual form, no dot at the end. */
function nameOf(authority: string): string | undefined {
  if (!/^(?:\[[0-9a-f:.]+\]|[^\s/?#@\\:[\]]+)(?::\d{0,5})?$/i.test(authority)) return undefined;
  if (!URL.canParse(`http://${authority}`)) return undefined;
  return new URL(`http://${authority}`).hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** Whether a browser sends the request for a page that is neither of this API nor of an origin that may use it. */
function isForeign({ cors }: HttpConfig, { method, headers }: AdmittedRequest): boolean {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  if (origin !== undefined) {
    if (typeof origin !== "string") return true;
    if (cors.enabled && cors.allowed_origins.includes(origin)) return false;
    // `*` lets every page read, as in the original; to change something an origin must be named.
    if (cors.enabled && cors.allowed_origins[0] === "*" && SAFE.has(method)) return false;
    return !isSameOrigin(origin, host) || isOtherSite(site);
  }
  // Following a link or typing an address shows an answer to a person and to no page.
  if (headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document" && SAFE.has(method))
    return false;
  return isOtherSite(site);
}

/** `same-site` is another port or another name below the same domain: another page. */
function isOtherSite(site: string | string[] | undefined): boolean {
  return site !== undefined && site !== "same-origin" && site !== "none";
}

/** The scheme may differ: a proxy in front may speak TLS. */
function isSameOrigin(origin: string, host: string | string[] | undefined): boolean {
  if (typeof host !== "string" || !/^https?:\/\/[^/?#@\\]+$/.test(origin) || !URL.canParse(origin)) return false;
  const { protocol, host: asked } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === asked;
}

function foreignHost(name: string): Refusal {
  const shown = name === "" ? "a request without a header Host" : `the name ${JSON.stringify(name)}`;
  return new Refusal("forbidden", `Without an API key, ${shown} is not accepted: a web page could be behind it`, {
    code: "host_not_allowed",
    place: "host",
    fix: "use http://127.0.0.1 or http://localhost, add the name to http.allowed_hosts, or set http.api_key",
  });
}

function foreignOrigin({ headers }: AdmittedRequest): Refusal {
  const { origin } = headers;
  const from = typeof origin === "string" ? `the origin ${JSON.stringify(origin)}` : "another site";
  return new Refusal("forbidden", `The request was sent by a web page of ${from}`, {
    code: "origin_not_allowed",
    place: origin === undefined ? "sec-fetch-site" : "origin",
    fix: "if the page may use this API, set http.cors.enabled = true and name its origin in http.cors.allowed_origins",
  });
}
