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

/** Variables of what the embedded server is or has only as it is. */
const FIXED: Readonly<Record<string, { readonly value: string; readonly refused?: string }>> = {
  IGGY_TCP_TLS_SELF_SIGNED: { value: "false" },
  IGGY_HTTP_ENABLED: { value: "false" },
  IGGY_QUIC_ENABLED: { value: "false" },
  IGGY_WEBSOCKET_ENABLED: { value: "false" },
  // Who asks for another value of these relies on it: it must not be ignored.
  IGGY_SYSTEM_ENCRYPTION_ENABLED: { value: "false", refused: "the embedded server does not encrypt what it stores" },
  IGGY_TCP_ENABLED: { value: "true", refused: "TCP is all that the embedded server serves" },
  IGGY_CLUSTER_ENABLED: { value: "false", refused: "the embedded server is one node" },
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
  for (const [name, { refused }] of Object.entries(FIXED)) {
    if (refused !== undefined && asksForAnother(name, value(name))) throw refusal(name, value(name), refused);
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
  return name.startsWith("IGGY_") && !HONOURED.has(name) && !OF_OTHERS.test(name) && asksForAnother(name, value);
}

/** Whether a variable asks for something else than what the embedded server does anyway. */
function asksForAnother(name: string, value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase() !== FIXED[name]?.value;
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
