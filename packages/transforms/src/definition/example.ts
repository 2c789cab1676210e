import type { HeaderValue } from "@iggy-connectors/sdk";

/** A message as examples and test cases write it: exactly one of `json`, `text` and `hex`. */
export interface ExampleMessage {
  readonly json?: unknown;
  readonly text?: string;
  readonly hex?: string;
  /** Kind of the payload, if it is not the one that the key implies (`json`, `text`, `raw`). */
  readonly kind?: "proto" | "avro" | "flat_buffer";
  readonly headers?: Readonly<Record<string, string | number | boolean | HeaderValue>>;
  /** Sources: name of the `[[streams]]` entry it goes to. */
  readonly target?: string;
}

/** A runnable example: the result of a step with these settings for a message. */
export interface TransformExample {
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly input: ExampleMessage;
  /** The resulting messages, none if it is filtered; or the code of the error. */
  readonly output: readonly ExampleMessage[] | { readonly error: string };
  /** Modules that the settings refer to, by their path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Common keys of the step, such as `when`. */
  readonly common?: Readonly<Record<string, unknown>>;
  /** Paths of fields whose values differ with every run and are not compared. */
  readonly varies?: readonly string[];
}
