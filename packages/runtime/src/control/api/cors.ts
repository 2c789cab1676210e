import type { RuntimeConfig } from "../config/runtime-file/schema.ts";

type CorsConfig = RuntimeConfig["http"]["cors"];

export interface CorsRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface CorsDecision {
  readonly headers: Readonly<Record<string, string>>;
  /** It is a preflight: answered at once, before anything asks for a key. */
  readonly preflight: boolean;
}

const list = (values: readonly string[]): string => values.filter((value) => value !== "").join(",");

/** The CORS headers of the reply to a request. */
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
    const asked = headers["access-control-request-private-network"] === "true";
    if (config.allow_private_network && asked) reply["access-control-allow-private-network"] = "true";
  } else {
    const exposed = list(config.exposed_headers);
    if (exposed !== "") reply["access-control-expose-headers"] = exposed;
  }
  return { headers: reply, preflight };
}
