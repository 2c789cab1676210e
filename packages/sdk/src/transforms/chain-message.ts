import type { Headers, Schema } from "../contract/message.ts";
import type { PayloadColumn } from "../pipeline/payload-column.ts";
import type { DerivedMessage, TransformMessage } from "./transform.ts";

/** The message that a chain works on, one object for a whole batch: nothing but the value is read before it is asked for. */
export class ChainMessage implements TransformMessage {
  value: unknown;
  kind: Schema = "json";
  readonly #column: PayloadColumn;
  #index = 0;
  #headers: Headers | undefined;
  #target: string | undefined;
  #key: string | Uint8Array | undefined;
  #touched = false;
  #owned = false;

  constructor(column: PayloadColumn) {
    this.#column = column;
  }

  /** Begins with the message at `index`. */
  begin(index: number, value: unknown, kind: Schema, owned: boolean): void {
    this.#owned = owned;
    this.#index = index;
    this.value = value;
    this.kind = kind;
    this.#headers = undefined;
    this.#target = undefined;
    this.#key = undefined;
    this.#touched = false;
  }

  /** What a step changed besides the value, to go back to when several messages are made of this one. */
  save(): DerivedMessage {
    const { value, kind } = this;
    return {
      value,
      kind,
      ...(this.#headers === undefined ? {} : { headers: this.#headers }),
      ...(this.#target === undefined ? {} : { target: this.#target }),
      ...(this.#key === undefined ? {} : { key: this.#key }),
    };
  }

  /** Becomes a message that was made of `base`. */
  become(base: DerivedMessage, derived: DerivedMessage): void {
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

  /** Undefined: as they came. */
  get changedHeaders(): Headers | undefined {
    return this.#headers;
  }

  get headers(): Headers {
    return this.#headers ?? this.#column.headers(this.#index);
  }

  set headers(headers: Headers) {
    this.#headers = headers;
    this.#touched = true;
  }

  get target(): string | undefined {
    return this.#target ?? this.#column.target(this.#index);
  }

  set target(target: string | undefined) {
    this.#target = target;
    this.#touched = true;
  }

  get key(): string | Uint8Array | undefined {
    return this.#key ?? this.#column.key(this.#index);
  }

  set key(key: string | Uint8Array | undefined) {
    this.#key = key;
    this.#touched = true;
  }

  get stream(): string | undefined {
    return this.#column.stream;
  }

  get topic(): string | undefined {
    return this.#column.topic;
  }

  get partition(): number | undefined {
    return this.#column.partition(this.#index);
  }

  get offset(): bigint | undefined {
    return this.#column.offset(this.#index);
  }

  get id(): bigint | undefined {
    return this.#column.id(this.#index);
  }

  get checksum(): bigint | undefined {
    return this.#column.checksum(this.#index);
  }

  get timestamp(): number | undefined {
    return this.#column.timestamp(this.#index);
  }

  get originTimestamp(): number | undefined {
    return this.#column.originTimestamp(this.#index);
  }
}
