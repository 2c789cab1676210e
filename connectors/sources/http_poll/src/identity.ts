import { createHash } from "node:crypto";
import { type JsonValue, parsePath, stringifyJson, valueAt } from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig } from "./config.ts";
import type { HttpPollState } from "./state.ts";

const REMEMBERED_DIGITS = 16;

/**
 * What a record is, as 128 bits: its id where it has one; its content where repeated content is to be left out; otherwise its
 * place in the rounds together with its content, so that an answer that is asked for again gives the same ids, and equal
 * records of two rounds have different ones.
 */
export function createIdentity(config: Pick<HttpPollSourceConfig, "url" | "id_path" | "dedupe">) {
  const path = config.id_path === undefined ? undefined : parsePath(config.id_path);
  const { origin, pathname } = new URL(config.url);
  return (record: JsonValue, payload: Uint8Array, state: HttpPollState, index: number): Buffer => {
    const own = path === undefined ? undefined : valueAt(record, path);
    const hash = createHash("sha256").update(`${origin}${pathname}\0`);
    if (own !== undefined && own !== null) hash.update(`id\0${stringifyJson(own)}`);
    else if (config.dedupe > 0) hash.update("content\0").update(payload);
    else hash.update(`place\0${state.round}\0${state.pages}\0${index}\0`).update(payload);
    return hash.digest();
  };
}

/** Never 0, which means "no id". */
export function messageId(identity: Buffer): bigint {
  return identity.readBigUInt64BE(0) * 2n ** 64n + (identity.readBigUInt64BE(8) | 1n);
}

/** The records sent last, so that one that comes again is known. */
export class Recent {
  readonly #limit: number;
  readonly #known: Set<string>;

  constructor(limit: number, known: readonly string[] = []) {
    this.#limit = limit;
    this.#known = new Set(known.slice(-limit || known.length));
  }

  /** Whether it is new; then it is remembered, and the oldest is forgotten. */
  isNew(identity: Buffer): boolean {
    if (this.#limit === 0) return true;
    const key = identity.toString("hex", 0, REMEMBERED_DIGITS / 2);
    if (this.#known.delete(key)) {
      this.#known.add(key);
      return false;
    }
    this.#known.add(key);
    if (this.#known.size > this.#limit) this.#known.delete(this.#known.values().next().value!);
    return true;
  }

  list(): string[] | undefined {
    return this.#limit === 0 ? undefined : [...this.#known];
  }
}
