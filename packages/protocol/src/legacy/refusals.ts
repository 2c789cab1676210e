import type { CommandLayout } from "../command.ts";
import { sendMessages } from "../vsr/commands/messages/send-messages.ts";

/** Disconnected (the server shuts down), StaleClient, ClientNotFound: the server closes the connection after these. */
const CLOSING: ReadonlySet<number> = new Set([8, 30, 100]);

/** InvalidCommand, InvalidIdentifier, Unauthenticated: answers to a send whose rest the server has not read. */
const UNREAD_SEND: ReadonlySet<number> = new Set([3, 6, 40]);

/**
 * Whether a connection can no longer be used after this refusal: the server closes it, or would take the unread rest of
 * a send for further requests. A server of 0.7 closes it without any answer where a body cannot be decoded.
 */
export function endsConnection(command: Pick<CommandLayout<unknown, unknown>, "code">, code: number): boolean {
  return CLOSING.has(code) || (command.code === sendMessages.code && UNREAD_SEND.has(code));
}
