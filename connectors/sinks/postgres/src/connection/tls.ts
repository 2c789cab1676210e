import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { readTlsMaterial } from "@iggy-connectors/sdk";
import type { TlsMode } from "../config.ts";

export interface TlsSettings {
  readonly mode: TlsMode;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyPassphrase: string | undefined;
  /** The name that the certificate must have with `verify-full`. */
  readonly serverName: string;
}

/** The TLS options of Node for a mode, as libpq defines it; `false`: no TLS. */
export function tlsOptions(settings: TlsSettings, folder: string): ConnectionOptions | false {
  const { mode, caFile, serverName } = settings;
  if (mode === "disable") return false;
  // libpq checks the chain also with `require` where an authority is given.
  const verified = mode === "verify-ca" || mode === "verify-full" || (mode === "require" && caFile !== undefined);
  return {
    ...readTlsMaterial({ ...settings, folder }, "IGC_SINK_POSTGRES_TLS_FILE"),
    rejectUnauthorized: verified,
    checkServerIdentity: (_host, certificate) =>
      mode === "verify-full" ? checkServerIdentity(serverName, certificate) : undefined,
  };
}
