import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { FatalError } from "@iggy-connectors/sdk";
import type { TlsMode } from "../config.ts";

export interface TlsSettings {
  readonly mode: TlsMode;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyPassphrase: string | undefined;
  /** The name that `verify-full` asks of the certificate. */
  readonly serverName: string;
}

/** What Node's TLS is told for a mode, in libpq's meaning of it; `false`: no TLS. */
export function tlsOptions(settings: TlsSettings, folder: string): ConnectionOptions | false {
  const { mode, caFile, certFile, keyFile, keyPassphrase, serverName } = settings;
  if (mode === "disable") return false;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new FatalError("a certificate needs its key, and a key its certificate", {
      code: "IGC_SINK_POSTGRES_TLS_FILE",
      place: certFile === undefined ? "tls.cert_file" : "tls.key_file",
      fix: "set both tls.cert_file and tls.key_file",
    });
  }
  // libpq checks the chain also with `require` where an authority is given.
  const verified = mode === "verify-ca" || mode === "verify-full" || (mode === "require" && caFile !== undefined);
  return {
    ...(caFile === undefined ? {} : { ca: readPem(caFile, "tls.ca_file", folder) }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile, "tls.cert_file", folder) }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile, "tls.key_file", folder) }),
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }),
    rejectUnauthorized: verified,
    checkServerIdentity: (_host, certificate) =>
      mode === "verify-full" ? checkServerIdentity(serverName, certificate) : undefined,
  };
}

function readPem(file: string, key: string, folder: string): Buffer {
  const path = resolve(folder, file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new FatalError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: "IGC_SINK_POSTGRES_TLS_FILE",
      place: key,
      fix: "correct the path, or let the user that runs the connector read the file",
      cause,
    });
  }
  if (bytes.includes("-----BEGIN ")) return bytes;
  throw new FatalError(`${path} holds no PEM block`, {
    code: "IGC_SINK_POSTGRES_TLS_FILE",
    place: key,
    fix: "convert the file to PEM, for example with openssl",
  });
}
