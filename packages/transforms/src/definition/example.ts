import type { HeaderValue } from "@iggy-connectors/sdk";

/** A message as examples and test cases write it: exactly one of `json`, `text` and `hex`. */
export interface ExampleMessage {
  readonly json?: unknown;
  readonly text?: string;
  readonly hex?: string;
  /** Kind of the payload where it is not the one that the spelling implies (`json`, `text`, `raw`). */
  readonly kind?: "proto" | "avro" | "flat_buffer";
  readonly headers?: Readonly<Record<string, string | number | boolean | HeaderValue>>;
  /** Sources: the name of the stream it goes to. */
  readonly target?: string;
}

/** A runnable example: what a step with these settings makes of a message. */
export interface TransformExample {
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly input: ExampleMessage;
  /** The messages that come out, none when it is filtered; or the code of the error. */
  readonly output: readonly ExampleMessage[] | { readonly error: string };
  /** Modules that the settings name, by their path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Common keys of the step, such as `when`. */
  readonly common?: Readonly<Record<string, unknown>>;
  /** Values that differ with every run are not compared: paths of such fields. */
  readonly varies?: readonly string[];
}
