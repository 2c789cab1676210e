import type { Codec } from "@iggy-connectors/codecs";
import type { Headers, Schema } from "@iggy-connectors/sdk";
import type { DerivedMessage, TransformMessage } from "../definition/transform.ts";
import type { PlanInput } from "../plan/plan-input.ts";
import type { ScannedTexts } from "../plan/scanned-texts.ts";
import { ChainPayload } from "./chain-payload.ts";

/** The message that a chain processes, one object for a whole batch. Everything is read, and the payload decoded, on access. */
export class ChainMessage implements TransformMessage {
  kind: Schema = "json";
  readonly #input: PlanInput;
  readonly #codec: Codec;
  readonly #payload: ChainPayload;
  #index = 0;
  #headers: Headers | undefined;
  #target: string | undefined;
  #key: string | Uint8Array | undefined;
  #touched = false;
  #owned = false;

  /** `texts`: of the same input, to read JSON with. */
  constructor(input: PlanInput, codec: Codec, texts?: ScannedTexts) {
    this.#input = input;
    this.#codec = codec;
    this.#payload = new ChainPayload(input, codec, texts);
  }

  /** Becomes the message at `index`. */
  begin(index: number): void {
    this.#payload.begin(index);
    this.#owned = this.#input.bytes(index) !== undefined;
    this.#index = index;
    this.kind = this.#codec.kind;
    this.#headers = undefined;
    this.#target = undefined;
    this.#key = undefined;
    this.#touched = false;
  }

  get value(): unknown {
    return this.#payload.value;
  }

  set value(value: unknown) {
    this.#payload.set(value);
  }

  get part(): unknown {
    return this.#payload.part;
  }

  /** What is delivered: a JSON text, or a value. */
  get result(): unknown {
    return this.#payload.result;
  }

  /** Whether the payload is unchanged. */
  get untouched(): boolean {
    return this.kind === this.#codec.kind && this.#payload.isOriginal;
  }

  /** Throws `PayloadFault` if the payload is not decoded yet and cannot be. */
  check(): void {
    this.#payload.check();
  }

  /** What steps changed besides the value, to be restored for each of several messages that are made of this one. */
  save(): Omit<DerivedMessage, "value"> {
    return {
      kind: this.kind,
      ...(this.#headers === undefined ? {} : { headers: this.#headers }),
      ...(this.#target === undefined ? {} : { target: this.#target }),
      ...(this.#key === undefined ? {} : { key: this.#key }),
    };
  }

  /** Becomes a message that was made of `base`. */
  become(base: Omit<DerivedMessage, "value">, derived: DerivedMessage): void {
    this.value = derived.value;
    this.kind = derived.kind ?? base.kind ?? this.kind;
    this.#headers = derived.headers ?? base.headers;
    this.#target = derived.target ?? base.target;
    this.#key = derived.key ?? base.key;
    this.#touched = this.#headers !== undefined || this.#target !== undefined || this.#key !== undefined;
  }

  get owned(): boolean {
    return this.#owned;
  }

  get index(): number {
    return this.#index;
  }

  /** Whether headers, target or key were assigned. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Undefined: unchanged. */
  get changedHeaders(): Headers | undefined {
    return this.#headers;
  }

  get headers(): Headers {
    return this.#headers ?? this.#input.headers(this.#index);
  }

  set headers(headers: Headers) {
    this.#headers = headers;
    this.#touched = true;
  }

  get target(): string | undefined {
    return this.#target ?? this.#input.target(this.#index);
  }

  set target(target: string | undefined) {
    this.#target = target;
    this.#touched = true;
  }

  get key(): string | Uint8Array | undefined {
    return this.#key ?? this.#input.key(this.#index);
  }

  set key(key: string | Uint8Array | undefined) {
    this.#key = key;
    this.#touched = true;
  }

  get stream(): string | undefined {
    return this.#input.stream;
  }

  get topic(): string | undefined {
    return this.#input.topic;
  }

  get partition(): number | undefined {
    return this.#input.partition(this.#index);
  }

  get offset(): bigint | undefined {
    return this.#input.offset(this.#index);
  }

  get id(): bigint | undefined {
    return this.#input.id(this.#index);
  }

  get checksum(): bigint | undefined {
    return this.#input.checksum(this.#index);
  }

  get timestamp(): number | undefined {
    return this.#input.timestamp(this.#index);
  }

  get originTimestamp(): number | undefined {
    return this.#input.originTimestamp(this.#index);
  }
}
