import { createHmac, timingSafeEqual } from "node:crypto";
import type { HmacAlgorithm } from "./options.ts";

/** What a signature covers. */
export interface SignedContent {
  readonly timestamp: string;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
  /** The delivery's id, for schemes that sign it. */
  readonly id?: string;
}

type Part = keyof SignedContent | { readonly text: string };

const PLACEHOLDER = /\{(timestamp|method|path|body|id)\}/;

/** Computes signatures over a form such as `{timestamp}.{body}`. */
export class HmacSigner {
  readonly #algorithm: HmacAlgorithm;
  readonly #secret: string | Uint8Array;
  readonly #parts: readonly Part[];

  constructor(algorithm: HmacAlgorithm, secret: string | Uint8Array, signed: string) {
    this.#algorithm = algorithm;
    this.#secret = secret;
    // A capturing split gives text and placeholders in turn.
    this.#parts = signed
      .split(PLACEHOLDER)
      .map((part, index) => (index % 2 === 1 ? (part as keyof SignedContent) : { text: part }));
  }

  digest(content: SignedContent): Buffer {
    const hmac = createHmac(this.#algorithm, this.#secret);
    for (const part of this.#parts) hmac.update(typeof part === "string" ? (content[part] ?? "") : part.text);
    return hmac.digest();
  }

  /** In constant time: how much of a wrong signature is right cannot be measured. */
  verify(content: SignedContent, signature: Uint8Array): boolean {
    const expected = this.digest(content);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
}
