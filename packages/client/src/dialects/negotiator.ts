import type { Address } from "../configuration/address.ts";
import { CODE, IggyError } from "../errors/errors.ts";
import type { Dialect, Session, SessionOptions } from "./dialect.ts";
import { LEGACY } from "./legacy/dialect.ts";
import { openAfterPing, VSR } from "./vsr/dialect.ts";
import { OlderServerError } from "./vsr/framing.ts";

/** Which dialect is spoken: detected, or chosen by the user. Servers of 0.7 do not survive the detection. */
export type ProtocolChoice = "auto" | "vsr" | "legacy";

/**
 * After these errors the server may have been replaced by another release. An older server does not answer frames it
 * does not know, so silence is among them.
 */
const MAY_SPEAK_OTHERWISE: ReadonlySet<number> = new Set([
  CODE.invalidFormat,
  CODE.disconnected,
  CODE.incompatibleProtocol,
]);

/**
 * Opens sessions in the dialect that a server speaks. It asks with a frame that is harmless to all of them, once per
 * address: the result is kept until a connection cannot be opened or decoded, because servers get upgraded.
 */
export class Negotiator {
  readonly #known = new Map<string, Dialect>();
  readonly #choice: ProtocolChoice;

  constructor(choice: ProtocolChoice) {
    this.#choice = choice;
  }

  /** @throws IggyError when the server cannot be reached, does not answer, or refuses the login. */
  async open(address: Address, options: SessionOptions, signal: AbortSignal): Promise<Session> {
    if (this.#choice !== "auto") return await (this.#choice === "vsr" ? VSR : LEGACY).open(address, options, signal);
    const known = this.#known.get(address.text);
    if (known !== undefined) {
      try {
        return await known.open(address, options, signal);
      } catch (error) {
        this.forget(address);
        const other = error instanceof IggyError && MAY_SPEAK_OTHERWISE.has(error.code) && !signal.aborted;
        if (!other) throw error;
      }
    }
    return await this.#ask(address, options, signal);
  }

  /** The next session detects the dialect again. */
  forget(address: Address): void {
    this.#known.delete(address.text);
  }

  async #ask(address: Address, options: SessionOptions, signal: AbortSignal): Promise<Session> {
    let session: Session;
    let dialect = VSR;
    try {
      session = await openAfterPing(address, options, signal);
    } catch (error) {
      if (!(error instanceof OlderServerError)) throw error;
      dialect = LEGACY;
      session = await LEGACY.open(address, options, signal);
    }
    this.#known.set(address.text, dialect);
    return session;
  }
}
