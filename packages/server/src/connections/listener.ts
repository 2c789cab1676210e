import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, createServer as createTlsServer } from "node:tls";
import { ServerStartError } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** A certificate and its private key, PEM. */
export interface ServerTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/**
 * Takes connections, over TLS where a certificate is given: plain text is then refused.
 * @throws ServerStartError `IGC_SERVER_TLS` when certificate and key cannot be used.
 */
export function createListener(tls: ServerTls | undefined, logger: Logger, accept: (socket: Socket) => void): Server {
  if (tls === undefined) return createServer({ allowHalfOpen: false }, accept);
  const server = createTlsServer({ ...pem(tls), allowHalfOpen: false }, accept);
  server.on("tlsClientError", (error, socket) => {
    logger("warn", "a client did not agree on TLS", { address: socket.remoteAddress, cause: error.message });
  });
  return server;
}

function pem({ cert, key }: ServerTls): { cert: Buffer; key: Buffer } {
  const read = { cert: Buffer.from(cert), key: Buffer.from(key) };
  try {
    createSecureContext(read);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ServerStartError(
      "IGC_SERVER_TLS",
      `the certificate and key of the server cannot be used: ${cause}. Give a certificate and its private key, in PEM`,
      { cause: error },
    );
  }
  return read;
}
