import type { TlsOptions } from "../connection/transport/tls.ts";
import { CODE, IggyError } from "../errors/errors.ts";
import { parseDuration } from "./duration.ts";
import type { ClientOptions, ReconnectOptions } from "./options.ts";
import { nearest } from "./suggestion.ts";

/*
 * iggy://user:password@host:port[,host:port…][?option=value&…]      iggy+tcp:// is the same
 * iggy://token@host:port                                            one credential without ":" is an access token
 *
 * Reserved characters in credentials and values are percent-encoded; a "%" that encodes nothing stands for itself.
 */
const FORM = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is;
const SCHEMES: ReadonlySet<string> = new Set(["iggy", "iggy+tcp"]);
const OTHER_TRANSPORTS: ReadonlySet<string> = new Set(["iggy+quic", "iggy+http", "iggy+https", "iggy+ws", "iggy+wss"]);
const EXAMPLE = 'write "iggy://user:password@localhost:8090"';

interface Draft {
  readonly options: ClientOptions;
  readonly reconnect: ReconnectOptions;
  readonly tls: TlsOptions & { enabled?: boolean };
}

/** The options that official clients have, and ours in their spelling. */
const OPTIONS: { readonly [name: string]: (draft: Draft, value: string, name: string) => void } = {
  tls: ({ tls }, value, name) => {
    tls.enabled = bool(value, name);
  },
  tls_domain: ({ tls }, value) => {
    tls.serverName = value;
  },
  tls_ca_file: ({ tls }, value) => {
    tls.caFile = value;
  },
  tls_cert_file: ({ tls }, value) => {
    tls.certFile = value;
  },
  tls_key_file: ({ tls }, value) => {
    tls.keyFile = value;
  },
  reconnection_retries: ({ reconnect }, value, name) => {
    if (value === "unlimited") return;
    const retries = integer(value, name);
    if (retries === 0) reconnect.enabled = false;
    else reconnect.maxRetries = retries;
  },
  reconnection_interval: ({ reconnect }, value, name) => {
    reconnect.maxBackoff = duration(value, name);
    reconnect.initialBackoff = Math.min(100, reconnect.maxBackoff);
  },
  // How long official clients leave a server alone after a connect. The back-off does that here.
  reestablish_after: (_draft, value, name) => {
    duration(value, name);
  },
  heartbeat_interval: ({ options }, value, name) => {
    options.heartbeatInterval = duration(value, name);
  },
  nodelay: ({ options }, value, name) => {
    options.noDelay = bool(value, name);
  },
  request_timeout: ({ options }, value, name) => {
    options.requestTimeout = duration(value, name);
  },
  connect_timeout: ({ options }, value, name) => {
    options.connectTimeout = duration(value, name);
  },
  protocol: ({ options }, value, name) => {
    if (value !== "auto" && value !== "vsr" && value !== "legacy") throw invalid(name, "auto, vsr or legacy");
    options.protocol = value;
  },
};

/**
 * Reads a connection string as official clients write it; see the head of this file for the form. Errors show nothing
 * of it but names of options and the address, since the rest may be secret.
 * @throws IggyError 8000 when it cannot be read or names an option that does not exist.
 */
export function parseConnectionString(text: string): ClientOptions {
  const match = FORM.exec(text);
  const scheme = match?.[1]?.toLowerCase();
  if (match === null || scheme === undefined) throw wrong("this is not a connection string", EXAMPLE);
  if (OTHER_TRANSPORTS.has(scheme)) throw wrong(`${scheme}:// is not supported`, "connect over TCP, with iggy://");
  if (!SCHEMES.has(scheme)) throw wrong(`${scheme}:// is not a scheme of Iggy`, EXAMPLE);
  const rest = match[2]!;
  // A password may hold any character but these two only encoded, which official clients demand as well.
  const queryAt = rest.lastIndexOf("?") > rest.lastIndexOf("@") ? rest.indexOf("?", rest.lastIndexOf("@") + 1) : -1;
  const place = queryAt < 0 ? rest : rest.slice(0, queryAt);
  const at = place.lastIndexOf("@");
  if (at <= 0) throw wrong("a connection string without credentials", EXAMPLE);
  const addresses = place
    .slice(at + 1)
    .replace(/\/$/, "")
    .split(",");
  const options: ClientOptions = { address: addresses, ...credentials(place.slice(0, at)) };
  const draft: Draft = { options, reconnect: {}, tls: {} };
  if (queryAt >= 0) readQuery(rest.slice(queryAt + 1), draft);
  const { enabled, ...tls } = draft.tls;
  const named = Object.keys(tls);
  if (enabled !== true && named.length > 0) {
    throw wrong(`TLS is off, but ${named.length === 1 ? "an option is" : "options are"} given for it`, "add tls=true");
  }
  if (enabled === true) options.tls = tls;
  if (Object.keys(draft.reconnect).length > 0) options.reconnect = draft.reconnect;
  return options;
}

function credentials(text: string): Pick<ClientOptions, "username" | "password" | "token"> {
  const colon = text.startsWith("file:") ? -1 : text.indexOf(":");
  if (colon < 0) return { token: decoded(text) };
  return { username: decoded(text.slice(0, colon)), password: decoded(text.slice(colon + 1)) };
}

function readQuery(query: string, draft: Draft): void {
  const seen = new Set<string>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const set = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (set === undefined) {
      const near = nearest(name, Object.keys(OPTIONS));
      const known = `options are ${Object.keys(OPTIONS).join(", ")}`;
      throw wrong(`no such option: ${name}`, near === undefined ? known : `did you mean ${near}?`);
    }
    if (seen.has(name)) throw wrong(`option ${name} is given twice`, "give it once");
    if (equals < 0 || equals === pair.length - 1) throw wrong(`option ${name} has no value`, `write ${name}=value`);
    seen.add(name);
    set(draft, decoded(pair.slice(equals + 1)), name);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bool(value: string, name: string): boolean {
  if (value !== "true" && value !== "false") throw invalid(name, "true or false");
  return value === "true";
}

function integer(value: string, name: string): number {
  if (!/^\d{1,10}$/.test(value)) throw invalid(name, "a number or unlimited");
  return Number(value);
}

function duration(value: string, name: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) throw invalid(name, "a duration, for example 500ms or 5s");
  return milliseconds;
}

function invalid(name: string, expected: string): IggyError {
  return wrong(`the value of option ${name} cannot be read`, `give ${expected}`);
}

function wrong(detail: string, advice: string): IggyError {
  return new IggyError(CODE.invalidConnectionString, { detail, advice });
}
