import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FatalError } from "../contract/errors.ts";
import { errorMessage } from "../contract/thrown.ts";

/** Files of a TLS connection, PEM. */
export interface TlsFiles {
  /** Authorities to trust instead of the system's. */
  readonly caFile?: string | undefined;
  /** Own certificate, and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPassphrase?: string | undefined;
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

/** @throws FatalError with this code that names the key, below `tls`, of a file that is missing or cannot be used. */
export function readTlsMaterial(files: TlsFiles, code: string): TlsMaterial {
  const { caFile, certFile, keyFile, keyPassphrase, folder = process.cwd() } = files;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new FatalError("tls.cert_file and tls.key_file must be set together", {
      code,
      place: certFile === undefined ? "tls.cert_file" : "tls.key_file",
      fix: "set both tls.cert_file and tls.key_file",
    });
  }
  const pem = (file: string, key: string): Buffer => readPem(resolve(folder, file), key, code);
  return {
    ...(caFile === undefined ? {} : { ca: pem(caFile, "tls.ca_file") }),
    ...(certFile === undefined ? {} : { cert: pem(certFile, "tls.cert_file") }),
    ...(keyFile === undefined ? {} : { key: pem(keyFile, "tls.key_file") }),
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }),
  };
}

/** The Iggy client has its own (`connection/transport/tls.ts`): neither package may import the other. */
function readPem(path: string, key: string, code: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new FatalError(`cannot read ${path}: ${errorMessage(cause)}`, {
      code,
      place: key,
      fix: "correct the path, or let the user that runs the connector read the file",
      cause,
    });
  }
  if (bytes.includes("-----BEGIN ")) return bytes;
  throw new FatalError(`${path} is not a PEM file`, {
    code,
    place: key,
    fix: "convert the file to PEM, for example with openssl",
  });
}
