import type { Codec } from "@iggy-connectors/codecs";
import { JsonText, openJson } from "@iggy-connectors/sdk/internal";
import type { PlanInput } from "../plan/plan-input.ts";
import type { ScannedTexts } from "../plan/scanned-texts.ts";

/** A payload that cannot be decoded. It is found when a step first reads the value, but is not a failure of that step. */
export class PayloadFault extends Error {
  override readonly name = "PayloadFault";
}

/** Whether the bytes of a codec are the JSON of its values, so that they can be edited as text. */
export function isJsonText(codec: Codec): boolean {
  return codec.schema === "json" && codec.transcodes !== true;
}

/**
 * The payload of a message in its chain, in the forms that were asked for so far: its bytes; a text, into which steps look; a value. An
 * assigned payload has one form, and the others are made of it.
 */
export class ChainPayload {
  readonly #input: PlanInput;
  readonly #codec: Codec;
  readonly #isText: boolean;
  readonly #texts: ScannedTexts | undefined;
  #index = 0;
  #bytes: Buffer | undefined;
  #start = 0;
  #end = 0;
  #text: JsonText | undefined;
  #hasValue = false;
  #value: unknown;
  /** The message's own payload, to tell whether it was replaced: its text and its value, as far as they were made. */
  #originalText: JsonText | undefined;
  #hasOriginal = false;
  #original: unknown;

  constructor(input: PlanInput, codec: Codec, texts: ScannedTexts | undefined) {
    this.#texts = texts;
    this.#input = input;
    this.#codec = codec;
    this.#isText = isJsonText(codec);
  }

  /** Becomes the payload of the message at `index`. */
  begin(index: number): void {
    this.#index = index;
    this.#bytes = this.#input.bytes(index);
    this.#start = this.#input.start(index);
    this.#end = this.#input.end(index);
    this.#hasOriginal = this.#bytes === undefined;
    this.#original = this.#hasOriginal ? this.#input.value(index) : undefined;
    this.#originalText = undefined;
    this.#restore();
  }

  /** Whether it is the message's own payload. */
  get isOriginal(): boolean {
    if (this.#text !== undefined) return this.#text === this.#originalText;
    return !this.#hasValue || (this.#hasOriginal && this.#value === this.#original);
  }

  get value(): unknown {
    if (this.#hasValue) return this.#value;
    const isOriginal = this.isOriginal;
    this.#value = this.#text === undefined ? this.#decode() : this.#text.decode();
    this.#hasValue = true;
    if (isOriginal) {
      this.#original = this.#value;
      this.#hasOriginal = true;
    }
    return this.#value;
  }

  /** The text, if the payload can be edited as one; else the value. */
  get part(): unknown {
    if (this.#text === undefined && this.#isText && this.#bytes !== undefined && this.isOriginal) {
      this.#text = this.#open(this.#bytes);
      this.#originalText = this.#text;
    }
    return this.#text ?? this.value;
  }

  /** What is delivered: a text, or a value. */
  get result(): unknown {
    return this.#text ?? this.value;
  }

  set(payload: unknown): void {
    const isText = payload instanceof JsonText;
    if (isText ? payload === this.#originalText : this.#hasOriginal && payload === this.#original) {
      this.#restore();
      return;
    }
    this.#text = isText ? payload : undefined;
    this.#value = isText ? undefined : payload;
    this.#hasValue = !isText;
  }

  /** Throws `PayloadFault` if the payload is not read yet and cannot be. */
  check(): void {
    if (this.#hasValue || this.#text !== undefined || this.#bytes === undefined) return;
    const accepted =
      this.#texts === undefined
        ? this.#codec.accepts(this.#bytes, this.#start, this.#end)
        : this.#texts.bits(this.#index) >= 0;
    if (!accepted) this.#decode();
  }

  #restore(): void {
    this.#text = this.#originalText;
    this.#value = this.#original;
    this.#hasValue = this.#hasOriginal;
  }

  #decode(): unknown {
    try {
      return this.#codec.decode(this.#bytes!, this.#start, this.#end);
    } catch (cause) {
      throw new PayloadFault("the payload cannot be decoded", { cause });
    }
  }

  #open(bytes: Buffer): JsonText {
    try {
      return this.#texts?.open(this.#index, bytes) ?? openJson(bytes, this.#start, this.#end);
    } catch (cause) {
      throw new PayloadFault("the payload cannot be decoded", { cause });
    }
  }
}
