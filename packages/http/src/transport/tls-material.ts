import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FatalError } from "@iggy-connectors/sdk";

/** Certificates of a connection. Files hold PEM. */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly caFile?: string | undefined;
  /** Own certificate, and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPassphrase?: string | undefined;
  /** The name that the other side's certificate must have, when it is not the host's. */
  readonly serverName?: string | undefined;
  /** Accept any certificate of the other side: then anybody may be the other side. */
  readonly skipVerify?: boolean | undefined;
  /** Folder of relative paths. Default: the working directory. */
  readonly folder?: string | undefined;
}

/** The same as Node's TLS takes it. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
}

/** @throws FatalError `IGC_HTTP_TLS_FILE` that names the key of the file that cannot be read. */
export function readTlsMaterial(options: TlsOptions): TlsMaterial {
  const { caFile, certFile, keyFile, keyPassphrase } = options;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new FatalError("a certificate needs its key, and a key its certificate", {
      code: "IGC_HTTP_TLS_FILE",
      place: certFile === undefined ? "tls.cert_file" : "tls.key_file",
      fix: "set both tls.cert_file and tls.key_file",
    });
  }
  return {
    ...(caFile === undefined ? {} : { ca: readPem(caFile, "tls.ca_file", options.folder) }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile, "tls.cert_file", options.folder) }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile, "tls.key_file", options.folder) }),
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }),
  };
}

/** The Iggy client has its own (`connection/transport/tls.ts`): neither package may import the other. */
function readPem(file: string, key: string, folder = process.cwd()): Buffer {
  const path = resolve(folder, file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new FatalError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: "IGC_HTTP_TLS_FILE",
      place: key,
      fix: "correct the path, or let the user that runs the connector read the file",
      cause,
    });
  }
  if (!bytes.includes("-----BEGIN ")) {
    throw new FatalError(`${path} holds no PEM block`, {
      code: "IGC_HTTP_TLS_FILE",
      place: key,
      fix: "convert the file to PEM, for example with openssl",
    });
  }
  return bytes;
}
