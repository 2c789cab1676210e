import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { type ConnectorContext, FatalError, RetryableError } from "@iggy-connectors/sdk";
import type { PoolConfig } from "pg";
import { type PostgresSinkConfig, TLS_MODES, type TlsMode } from "../config.ts";
import { ConnectionStringError, type Host, parseConnectionString } from "./connection-string.ts";
import { tlsOptions } from "./tls.ts";

export interface ConnectionSettings {
  /** Where the database may be, in the order in which they are tried. */
  readonly hosts: readonly Host[];
  /** How to connect to a host. */
  poolOf(host: Host, encrypted: boolean): PoolConfig;
  /** Which server suits. */
  readonly session: SessionKind;
  /** TLS where the server offers it, else without. */
  readonly preferTls: boolean;
  /** Milliseconds; 0 = none. */
  readonly statementTimeout: number;
  /** Parameters of the connection string that mean nothing here. */
  readonly unused: readonly string[];
}

/** `read-write`: one that takes writes. `primary`: one that is not a replica. */
export type SessionKind = "any" | "read-write" | "primary";

/** Parameters about TLS, by libpq's names and those of the original's driver. They are read here, not by the driver. */
const TLS_PARAMETERS = {
  mode: ["sslmode", "ssl-mode"],
  ca: ["sslrootcert", "ssl-root-cert", "ssl-ca"],
  cert: ["sslcert", "ssl-cert"],
  key: ["sslkey", "ssl-key"],
} as const;
/** Known to libpq or the original's driver; what they ask for is so in any case, or without meaning here. */
const WITHOUT_MEANING = [
  "ssl",
  "statement-cache-capacity",
  "uselibpqcompat",
  "client_encoding",
  "gssencmode",
  "keepalives",
  "keepalives_idle",
  "keepalives_interval",
  "keepalives_count",
  "load_balance_hosts",
];
/** What to write instead of parameters that are not supported. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  service: "write its parameters into connection_string",
  servicefile: "write its parameters into connection_string",
  passfile: "set password_file",
  sslpassword: "set tls.key_passphrase",
  replication: "remove it; the sink needs a usual session",
};

const KEEP_ALIVE_DELAY = 10_000;
/** An idle connection is kept that long, so that one batch a minute does not reconnect each time. */
const IDLE_TIMEOUT = 120_000;

/** How to connect. @throws FatalError for a file or a parameter that cannot be used; it never shows the connection string. */
export function connectionSettings(
  config: PostgresSinkConfig,
  { key, workingDirectory }: Pick<ConnectorContext, "key" | "workingDirectory">,
): ConnectionSettings {
  const { hosts, user, password, database, parameters } = readTarget(config.connection_string);
  const remaining = new Map(parameters);
  const take = (names: readonly string[]): string | undefined => {
    let found: string | undefined;
    for (const name of names) {
      found ??= remaining.get(name);
      remaining.delete(name);
    }
    return found;
  };
  const inString = {
    mode: take(TLS_PARAMETERS.mode),
    ca: take(TLS_PARAMETERS.ca),
    cert: take(TLS_PARAMETERS.cert),
    key: take(TLS_PARAMETERS.key),
  };
  take(WITHOUT_MEANING);
  const applicationName = take(["application_name", "fallback_application_name"]);
  const session = sessionKind(take(["target_session_attrs"]), hosts.length);
  const connectTimeout = take(["connect_timeout"]);
  const options = take(["options"]);
  const channelBinding = take(["channel_binding"]);
  for (const name of remaining.keys()) {
    const alternative = ALTERNATIVES[name];
    if (alternative !== undefined) throw fault(`${name} of the connection string is not supported`, alternative);
  }
  const mode = config.tls?.mode ?? tlsMode(inString.mode);
  const tlsOf = (host: string) =>
    tlsOptions(
      {
        mode,
        caFile: config.tls?.ca_file ?? inString.ca,
        certFile: config.tls?.cert_file ?? inString.cert,
        keyFile: config.tls?.key_file ?? inString.key,
        keyPassphrase: config.tls?.key_passphrase,
        serverName: config.tls?.server_name ?? host,
      },
      workingDirectory,
    );
  // Files that cannot be used are known at once.
  const tls = new Map(hosts.map(({ host }) => [host, tlsOf(host)]));
  const { password_file: passwordFile } = config;
  return {
    hosts,
    poolOf: ({ host, port }, encrypted) => ({
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(database === undefined ? {} : { database }),
      // The driver asks for each connection that it makes.
      ...(passwordFile === undefined
        ? { password: password ?? "" }
        : { password: () => readPassword(passwordFile, workingDirectory) }),
      ssl: encrypted ? (tls.get(host) ?? false) : false,
      max: config.max_connections,
      connectionTimeoutMillis: connectTimeout === undefined ? config.connect_timeout : Number(connectTimeout) * 1000,
      idleTimeoutMillis: IDLE_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      enableChannelBinding: channelBinding === "require" || channelBinding === "prefer",
      application_name: config.application_name ?? applicationName ?? `iggy-connectors/${key}`.slice(0, 63),
      ...(options === undefined ? {} : { options }),
    }),
    session,
    preferTls: mode === "prefer",
    statementTimeout: config.statement_timeout,
    unused: [...remaining.keys()],
  };
}

function readTarget(text: string): ReturnType<typeof parseConnectionString> {
  try {
    return parseConnectionString(text);
  } catch (error) {
    if (error instanceof ConnectionStringError) throw fault(`connection_string ${error.message}`);
    throw error;
  }
}

/** Read again for each connection: it may have been changed on both sides meanwhile. */
async function readPassword(file: string, folder: string): Promise<string> {
  try {
    const text = await readFile(isAbsolute(file) ? file : join(folder, file), "utf8");
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    throw new RetryableError(`cannot read password_file ${file}: ${(error as Error).message}`, {
      code: "IGC_SINK_POSTGRES_LOGIN",
      place: "password_file",
      fix: "correct the path, or the permissions of the file",
      cause: error,
    });
  }
}

function sessionKind(text: string | undefined, hosts: number): SessionKind {
  switch (text) {
    // Of several hosts one is the primary: a sink needs that one.
    case undefined:
      return hosts > 1 ? "read-write" : "any";
    case "any":
    case "read-write":
    case "primary":
      return text;
    default:
      throw fault(
        "target_session_attrs of the connection string is not for a sink, which writes",
        "use read-write, primary or any",
      );
  }
}

function tlsMode(text: string | undefined): TlsMode {
  const normal = text?.toLowerCase().replaceAll("_", "-");
  if (normal === undefined || normal === "allow") return "prefer";
  const mode = TLS_MODES.find((name) => name === normal);
  if (mode !== undefined) return mode;
  throw fault("sslmode of the connection string is not valid", `use one of ${TLS_MODES.join(", ")}`);
}

function fault(message: string, fix?: string): FatalError {
  return new FatalError(message, {
    code: "IGC_CONFIG_PLUGIN",
    place: "connection_string",
    ...(fix === undefined ? {} : { fix }),
  });
}
