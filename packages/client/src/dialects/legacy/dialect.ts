import { Connection } from "../../connection/transport/connection.ts";
import { CODE, IggyError, toIggyError } from "../../errors/errors.ts";
import type { Dialect } from "../dialect.ts";
import { LegacyFraming } from "./framing.ts";
import { LegacySession } from "./session.ts";

/**
 * The protocol of Iggy 0.7 and 0.8. A later server does not answer its frames at all, so a login is given no longer
 * than a connect.
 */
export const LEGACY: Dialect = {
  name: "legacy",
  async open(address, options, signal) {
    const connection = await Connection.open(address, options, new LegacyFraming(options.buffers), signal);
    const session = new LegacySession(connection, options.requestTimeout);
    const timeout = Math.min(options.connectTimeout, options.requestTimeout);
    const abort = (): void => connection.drop(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
    const timer = setTimeout(() => connection.drop(silent(address.text, timeout)), timeout);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await session.logIn(options.credentials);
      return session;
    } catch (error) {
      const reason = toIggyError(error, CODE.invalidFormat, { command: "login" });
      connection.drop(reason);
      throw reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  },
};

function silent(address: string, timeout: number): IggyError {
  return new IggyError(CODE.disconnected, {
    detail: `${address} did not answer a login of the legacy protocol within ${timeout} ms`,
    advice: "check that the server is of 0.7 or 0.8; later ones need protocol: auto",
    retryable: true,
  });
}
