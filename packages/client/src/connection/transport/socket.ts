import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Address } from "../../configuration/address.ts";
import { CODE, IggyError } from "../../errors/errors.ts";
import { readTls, type TlsOptions, tlsError } from "./tls.ts";

/** How a server is reached. Times are milliseconds. */
export interface SocketOptions {
  /** For connecting, with the TLS handshake. */
  readonly connectTimeout: number;
  /** Absent: no TLS. */
  readonly tls: TlsOptions | undefined;
  readonly noDelay: boolean;
  /** Idle time after which TCP probes the other side; 0 turns it off. */
  readonly keepAlive: number;
}

/** Bytes of one read at most; a poll of a thousand small messages fits. */
const READ_SIZE = 256 * 1024;

/**
 * Connects. `onData` may be called before the promise resolves; the memory of its chunk may be overwritten afterwards.
 * @throws IggyError 9 when the server cannot be reached, 64 to 67 when TLS fails, 63 when `signal` is aborted first.
 */
export async function openSocket(
  address: Address,
  options: SocketOptions,
  signal: AbortSignal,
  onData: (chunk: Buffer) => void,
): Promise<Socket> {
  const secure = options.tls === undefined ? undefined : await readTls(options.tls, address);
  if (signal.aborted) throw closed();
  return new Promise((resolve, reject) => {
    const { host, port } = address;
    const socket =
      secure === undefined
        ? connect({ host, port, onread: readInto(onData) })
        : connectTls({ host, port, ...secure }).on("data", onData);
    // No listener exists between this function's end and the next owner's start.
    socket.on("error", () => {});
    const opened = secure === undefined ? "connect" : "secureConnect";
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off(opened, succeed);
      socket.off("error", refused);
      socket.off("close", ended);
    };
    const fail = (error: IggyError): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const succeed = (): void => {
      settle();
      socket.setNoDelay(options.noDelay);
      if (options.keepAlive > 0) socket.setKeepAlive(true, options.keepAlive);
      resolve(socket);
    };
    const refused = (error: NodeJS.ErrnoException): void =>
      fail(
        (secure === undefined ? undefined : tlsError(error, address)) ??
          unreachable(address, error.code ?? error.message, error),
      );
    const ended = (): void => fail(unreachable(address, "it closed the connection"));
    const abort = (): void => fail(closed());
    const timer = setTimeout(
      () => fail(unreachable(address, `no answer in ${options.connectTimeout} ms`)),
      options.connectTimeout,
    );
    signal.addEventListener("abort", abort, { once: true });
    socket.on(opened, succeed);
    socket.on("error", refused);
    socket.on("close", ended);
  });
}

/** One read buffer for the life of the socket instead of a new one for each read. */
function readInto(onData: (chunk: Buffer) => void) {
  const buffer = Buffer.allocUnsafeSlow(READ_SIZE);
  return {
    buffer,
    callback(length: number): boolean {
      onData(buffer.subarray(0, length));
      return true;
    },
  };
}

function closed(): IggyError {
  return new IggyError(CODE.clientShutdown, { detail: "the client was closed" });
}

function unreachable(address: Address, reason: string, cause?: Error): IggyError {
  return new IggyError(CODE.cannotEstablishConnection, {
    detail: `cannot reach Iggy at ${address.text} (${reason})`,
    advice: "check that the server runs, that the address is its TCP address, and that no firewall is between",
    ...(cause === undefined ? {} : { cause }),
  });
}
