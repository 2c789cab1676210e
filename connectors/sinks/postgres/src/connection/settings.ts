import { type ConnectorContext, FatalError } from "@iggy-connectors/sdk";
import type { PoolConfig } from "pg";
import { type PostgresSinkConfig, TLS_MODES, type TlsMode } from "../config.ts";
import { tlsOptions } from "./tls.ts";

export interface ConnectionSettings {
  readonly pool: PoolConfig;
  /** TLS where the server offers it, else without. */
  readonly preferTls: boolean;
  /** Milliseconds; 0 = none. */
  readonly statementTimeout: number;
}

/** Parameters about TLS, by libpq's names and those of the original's driver. They are read here, not by the driver. */
const TLS_PARAMETERS = {
  mode: ["sslmode", "ssl-mode"],
  ca: ["sslrootcert", "ssl-root-cert", "ssl-ca"],
  cert: ["sslcert", "ssl-cert"],
  key: ["sslkey", "ssl-key"],
} as const;
/** Known to the original's driver, without meaning here. */
const IGNORED_PARAMETERS = ["ssl", "statement-cache-capacity", "uselibpqcompat"];

const KEEP_ALIVE_DELAY = 10_000;
/** An idle connection is kept that long, so that one batch a minute does not reconnect each time. */
const IDLE_TIMEOUT = 120_000;

/** How to connect. @throws FatalError for a file or a parameter that cannot be used; it never shows the connection string. */
export function connectionSettings(
  config: PostgresSinkConfig,
  { key, workingDirectory }: Pick<ConnectorContext, "key" | "workingDirectory">,
): ConnectionSettings {
  const url = new URL(config.connection_string);
  const take = (names: readonly string[]): string | undefined => {
    let found: string | undefined;
    for (const name of names) {
      found ??= url.searchParams.get(name) ?? undefined;
      url.searchParams.delete(name);
    }
    return found;
  };
  const inUrl = {
    mode: take(TLS_PARAMETERS.mode),
    ca: take(TLS_PARAMETERS.ca),
    cert: take(TLS_PARAMETERS.cert),
    key: take(TLS_PARAMETERS.key),
  };
  take(IGNORED_PARAMETERS);
  const applicationName = take(["application_name"]);
  const mode = config.tls?.mode ?? tlsMode(inUrl.mode);
  const ssl = tlsOptions(
    {
      mode,
      caFile: config.tls?.ca_file ?? inUrl.ca,
      certFile: config.tls?.cert_file ?? inUrl.cert,
      keyFile: config.tls?.key_file ?? inUrl.key,
      keyPassphrase: config.tls?.key_passphrase,
      serverName: config.tls?.server_name ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""),
    },
    workingDirectory,
  );
  return {
    pool: {
      connectionString: url.href,
      ssl,
      max: config.max_connections,
      connectionTimeoutMillis: config.connect_timeout,
      idleTimeoutMillis: IDLE_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      application_name: config.application_name ?? applicationName ?? `iggy-connectors/${key}`.slice(0, 63),
    },
    preferTls: mode === "prefer",
    statementTimeout: config.statement_timeout,
  };
}

function tlsMode(text: string | undefined): TlsMode {
  const normal = text?.toLowerCase().replaceAll("_", "-");
  if (normal === undefined || normal === "allow") return "prefer";
  const mode = TLS_MODES.find((name) => name === normal);
  if (mode !== undefined) return mode;
  throw new FatalError("sslmode of the connection string is not valid", {
    code: "IGC_CONFIG_PLUGIN",
    place: "connection_string",
    fix: `use one of ${TLS_MODES.join(", ")}`,
  });
}
