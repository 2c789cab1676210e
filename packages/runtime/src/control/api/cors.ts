import type { RuntimeConfig } from "../config/runtime-file/schema.ts";

type CorsConfig = RuntimeConfig["http"]["cors"];

export interface CorsRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface CorsDecision {
  readonly headers: Readonly<Record<string, string>>;
  /** The request is a preflight, which is answered at once, without an API key. */
  readonly preflight: boolean;
}

const list = (values: readonly string[]): string => values.filter((value) => value !== "").join(",");

/** The CORS headers of the response to a request. */
export function decideCors(config: CorsConfig, { method, headers }: CorsRequest): CorsDecision {
  if (!config.enabled) return { headers: {}, preflight: false };
  const preflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
  const reply: Record<string, string> = {
    vary: "origin, access-control-request-method, access-control-request-headers",
  };
  const origin = headers.origin;
  if (config.allowed_origins[0] === "*") reply["access-control-allow-origin"] = "*";
  else if (typeof origin === "string" && config.allowed_origins.includes(origin)) {
    reply["access-control-allow-origin"] = origin;
  }
  if (config.allow_credentials) reply["access-control-allow-credentials"] = "true";
  if (preflight) {
    reply["access-control-allow-methods"] = list(config.allowed_methods.map((name) => name.toUpperCase()));
    reply["access-control-allow-headers"] = list(config.allowed_headers);
    const requested = headers["access-control-request-private-network"] === "true";
    if (config.allow_private_network && requested) reply["access-control-allow-private-network"] = "true";
  } else {
    const exposed = list(config.exposed_headers);
    if (exposed !== "") reply["access-control-expose-headers"] = exposed;
  }
  return { headers: reply, preflight };
}
