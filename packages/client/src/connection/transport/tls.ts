import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from "node:tls";
import type { Address } from "../../configuration/address.ts";
import { CODE, IggyError, type IggyErrorOptions } from "../../errors/errors.ts";

/**
 * How the server and this client prove their identity. Files are read at every connect, so a renewed certificate is
 * used.
 */
export interface TlsOptions {
  /** PEM file of the authorities to trust instead of Node's own. */
  caFile?: string;
  /** The name the server's certificate must carry; default: the host of the address. */
  serverName?: string;
  /** PEM file with this client's certificate (chain), for servers that ask for one. Needs `keyFile`. */
  certFile?: string;
  /** PEM file with the key of this client's certificate. */
  keyFile?: string;
  /** Of an encrypted key file. */
  passphrase?: string;
}

/** @throws IggyError 65 when a file cannot be read, 66 or 67 when what is in it cannot be used. */
export async function readTls(options: TlsOptions, address: Address): Promise<ConnectionOptions> {
  if ((options.certFile === undefined) !== (options.keyFile === undefined)) {
    throw new IggyError(CODE.invalidTlsCertificate, {
      detail: "a client certificate needs both its certificate file and its key file",
      advice: "set certFile and keyFile, or neither",
    });
  }
  const [ca, cert, key] = await Promise.all([options.caFile, options.certFile, options.keyFile].map(readPem));
  const name = options.serverName ?? address.host;
  const secure: ConnectionOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
  };
  return {
    secureContext: usable(secure, options),
    minVersion: "TLSv1.2",
    // An IP address is not a name to announce, but it may be a name to check.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

/** Connectors read their PEM files with the SDK (`tls/tls-material.ts`), which this one may not import. */
async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new IggyError(CODE.invalidTlsCertificatePath, {
      detail: `cannot read ${path} (${(cause as NodeJS.ErrnoException).code})`,
      advice: "check the path and its permissions",
      cause,
    });
  }
  // OpenSSL takes a file without any certificate for "no authority at all", and then blames the server.
  if (text.includes("-----BEGIN ")) return text;
  throw new IggyError(CODE.invalidTlsCertificate, {
    detail: `${path} holds no PEM block`,
    advice: "convert it: PEM is the text form that starts with -----BEGIN",
  });
}

function usable(secure: ConnectionOptions, { caFile, certFile, keyFile }: TlsOptions) {
  try {
    return createSecureContext(secure);
  } catch (cause) {
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined).join(", ");
    throw new IggyError(CODE.failedToAddCertificate, {
      detail: `cannot use the TLS files ${files} (${(cause as Error).message})`,
      advice: "check that they are PEM, that the key belongs to the certificate, and the passphrase",
      cause,
    });
  }
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
]);

/** What a failure of TLS means to the user; `undefined` for any other failure. */
export function tlsError(error: NodeJS.ErrnoException, address: Address): IggyError | undefined {
  const { code = "" } = error;
  const refuse = (iggyCode: number, detail: string, advice: string): IggyError => {
    const options: IggyErrorOptions = { detail: `${detail} (${code})`, advice, retryable: false, cause: error };
    return new IggyError(iggyCode, options);
  };
  const server = `Iggy at ${address.text}`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const when = code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet";
    return refuse(
      CODE.invalidTlsCertificate,
      `the certificate of ${server}, or of its authority, ${when}`,
      "renew it, and check both clocks",
    );
  }
  if (UNTRUSTED.has(code)) {
    return refuse(
      CODE.invalidTlsCertificate,
      `the certificate of ${server} comes from an authority that is not trusted here`,
      "give the authority's certificate as caFile (tls_ca_file)",
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const { reason } = error as { reason?: string };
    return refuse(
      CODE.invalidTlsDomain,
      `the certificate of ${server} is for another name${reason === undefined ? "" : `: ${reason}`}`,
      "connect by a name in the certificate, or set serverName (tls_domain) to one",
    );
  }
  if (/ALERT.*(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_EXPIRED|HANDSHAKE_FAILURE)/.test(code)) {
    return refuse(
      CODE.invalidTlsCertificate,
      `${server} does not accept this client's certificate, or requires one`,
      "give certFile and keyFile of a certificate that the server trusts",
    );
  }
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") {
    return refuse(
      CODE.cannotEstablishConnection,
      `${server} does not speak TLS`,
      "check that TLS is on at the server, or turn it off here",
    );
  }
  return undefined;
}
