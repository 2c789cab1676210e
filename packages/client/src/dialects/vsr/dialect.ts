import { encodeRequest, ping } from "@iggy-connectors/protocol";
import type { Address } from "../../configuration/address.ts";
import { Connection } from "../../connection/transport/connection.ts";
import { CODE, IggyError } from "../../errors/errors.ts";
import type { Dialect, Session, SessionOptions } from "../dialect.ts";
import { IncompatibleProtocolError } from "./evictions.ts";
import { VsrFraming, type VsrReply } from "./framing.ts";
import { type OpenBeside, randomClientId, VsrSession } from "./session.ts";
import { VSR_VERSIONS, type VsrVersion } from "./version.ts";

/** The protocols of Iggy 0.9 and later: one framing, and a number that login agrees on. */
export const VSR: Dialect = {
  name: "vsr",
  async open(address, options, signal) {
    return await logIn(await connect(address, options, signal), options, signal);
  },
};

/**
 * As {@link VSR}, after a ping that needs no login and changes nothing, whatever server it reaches.
 * @throws OlderServerError when the server speaks the framing of 0.8; IggyError 8 when it does not answer in time.
 */
export async function openAfterPing(address: Address, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const connection = await connect(address, options, signal);
  const timeout = options.connectTimeout;
  const abort = (): void => connection.drop(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
  const timer = setTimeout(() => connection.drop(silent(address, timeout)), timeout);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const client = randomClientId();
    await connection.exchange(encodeRequest(ping, undefined, { client, session: 0n, request: 0n }), 0n);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  return await logIn(connection, options, signal);
}

function connect(address: Address, options: SessionOptions, signal: AbortSignal): Promise<Connection<VsrReply>> {
  return Connection.open(address, options, new VsrFraming(address, options.buffers), signal);
}

/**
 * With the newest number first. A server that accepts another number that this client speaks gets it, on a new
 * connection.
 */
async function logIn(connection: Connection<VsrReply>, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const [newest, ...others] = VSR_VERSIONS;
  try {
    return await logInAs(newest, connection, options, signal);
  } catch (error) {
    const accepted = others.find((version) => accepts(error, version));
    if (accepted === undefined) throw error;
    return await logInAs(accepted, await connect(connection.address, options, signal), options, signal);
  }
}

function logInAs(
  version: VsrVersion,
  connection: Connection<VsrReply>,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<VsrSession> {
  const openBeside: OpenBeside = async (address, ended) =>
    await VsrSession.logIn(await connect(address, options, ended), version, options, ended);
  return VsrSession.logIn(connection, version, options, signal, openBeside);
}

function accepts(error: unknown, { number }: VsrVersion): boolean {
  return error instanceof IncompatibleProtocolError && error.lowest <= number && number <= error.highest;
}

function silent(address: Address, timeout: number): IggyError {
  return new IggyError(CODE.disconnected, {
    detail: `${address.text} accepted the connection but did not answer a ping within ${timeout} ms`,
    advice:
      "check that this is the TCP port of an Iggy server, whether it expects TLS, and that it is not overloaded; " +
      "a server of 0.7 needs protocol: legacy",
    retryable: true,
  });
}
