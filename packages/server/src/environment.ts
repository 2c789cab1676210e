import { readFileSync } from "node:fs";
import { parseDuration } from "./catalog/quantities.ts";
import { ServerStartError } from "./errors.ts";
import type { ServerOptions } from "./server.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What of a real server's environment holds for the embedded one. */
export type ServerEnvironment = Pick<
  ServerOptions,
  "rootUsername" | "rootPassword" | "heartbeatInterval" | "rebalancingTimeout" | "tls"
> & {
  readonly address: string | undefined;
  readonly path: string | undefined;
  readonly fsyncAlways: boolean;
  /** Variables of a real server that mean nothing here, for a warning. */
  readonly ignored: readonly string[];
};

const HONOURED: ReadonlySet<string> = new Set([
  "IGGY_TCP_ADDRESS",
  "IGGY_SYSTEM_PATH",
  "IGGY_ROOT_USERNAME",
  "IGGY_ROOT_PASSWORD",
  "IGGY_SYSTEM_PARTITION_ENFORCE_FSYNC",
  "IGGY_HEARTBEAT_INTERVAL",
  "IGGY_CONSUMER_GROUP_REBALANCING_TIMEOUT",
  "IGGY_TCP_TLS_ENABLED",
  "IGGY_TCP_TLS_CERT_FILE",
  "IGGY_TCP_TLS_KEY_FILE",
]);

/** Variables by whose value nothing is asked for that the embedded server does not do anyway. */
const AS_IT_IS: Readonly<Record<string, string>> = {
  IGGY_TCP_ENABLED: "true",
  IGGY_TCP_TLS_SELF_SIGNED: "false",
  IGGY_SYSTEM_ENCRYPTION_ENABLED: "false",
  IGGY_HTTP_ENABLED: "false",
  IGGY_QUIC_ENABLED: "false",
  IGGY_WEBSOCKET_ENABLED: "false",
  IGGY_CLUSTER_ENABLED: "false",
};

/** What must not be ignored, because it is relied on where it is set. */
const REFUSED: Readonly<Record<string, { readonly value: string; readonly why: string }>> = {
  IGGY_SYSTEM_ENCRYPTION_ENABLED: { value: "true", why: "the embedded server does not encrypt what it stores" },
  IGGY_TCP_ENABLED: { value: "false", why: "TCP is all that the embedded server serves" },
  IGGY_CLUSTER_ENABLED: { value: "true", why: "the embedded server is one node" },
};

/** Names below which other programs of this project and of Iggy's keep their variables. */
const OF_OTHERS = /^IGGY_(?:CONNECTORS|TEST|CLI)(?:_|$)/;

/**
 * Reads the variables that a real server reads. What the embedded server cannot do and what would be missed is refused, what it
 * can do without is named in `ignored`.
 * @throws ServerStartError `IGC_SERVER_ENVIRONMENT` or `IGC_SERVER_TLS`, naming the variable.
 */
export function readServerEnvironment(environment: Environment): ServerEnvironment {
  const value = (name: string): string | undefined => environment[name] || undefined;
  for (const [name, refused] of Object.entries(REFUSED)) {
    if (value(name)?.toLowerCase() === refused.value) throw refusal(name, value(name), refused.why);
  }
  return {
    address: value("IGGY_TCP_ADDRESS"),
    path: value("IGGY_SYSTEM_PATH"),
    rootUsername: value("IGGY_ROOT_USERNAME") ?? "iggy",
    rootPassword: value("IGGY_ROOT_PASSWORD") ?? "iggy",
    fsyncAlways: flag("IGGY_SYSTEM_PARTITION_ENFORCE_FSYNC", value),
    ...milliseconds("heartbeatInterval", "IGGY_HEARTBEAT_INTERVAL", value),
    ...milliseconds("rebalancingTimeout", "IGGY_CONSUMER_GROUP_REBALANCING_TIMEOUT", value),
    ...tls(value),
    ignored: Object.keys(environment).filter((name) => isIgnored(name, value(name))),
  };
}

/** Milliseconds; a longer timer would fire at once. */
const LONGEST_TIMER = 0x7fff_ffff;

type Value = (name: string) => string | undefined;

function isIgnored(name: string, value: string | undefined): boolean {
  if (!name.startsWith("IGGY_") || value === undefined || HONOURED.has(name) || OF_OTHERS.test(name)) return false;
  return AS_IT_IS[name] !== value.toLowerCase();
}

function flag(name: string, value: Value): boolean {
  const text = value(name)?.toLowerCase();
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw refusal(name, value(name), "it must be true or false");
}

function milliseconds<Key extends string>(key: Key, name: string, value: Value): { readonly [key in Key]?: number } {
  const text = value(name);
  if (text === undefined) return {};
  const read = Number(parseDuration(text) ?? 0n) / 1000;
  if (read < 1 || read > LONGEST_TIMER) throw refusal(name, text, 'it must be a duration such as "30s"');
  return { [key]: read } as { readonly [key in Key]?: number };
}

function tls(value: Value): Pick<ServerOptions, "tls"> {
  if (!flag("IGGY_TCP_TLS_ENABLED", value)) return {};
  return { tls: { cert: pemFile("IGGY_TCP_TLS_CERT_FILE", value), key: pemFile("IGGY_TCP_TLS_KEY_FILE", value) } };
}

function pemFile(name: string, value: Value): Buffer {
  const path = value(name);
  if (path === undefined) {
    throw new ServerStartError(
      "IGC_SERVER_TLS",
      `IGGY_TCP_TLS_ENABLED is true, but ${name} is not set: the embedded server makes no certificate of its own`,
    );
  }
  try {
    return readFileSync(path);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ServerStartError("IGC_SERVER_TLS", `cannot read the file of ${name}: ${cause}`, { cause: error });
  }
}

function refusal(name: string, value: string | undefined, why: string): ServerStartError {
  return new ServerStartError("IGC_SERVER_ENVIRONMENT", `${name}=${value}: ${why}. Unset it, or run Iggy itself`);
}
