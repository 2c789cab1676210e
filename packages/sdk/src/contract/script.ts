import type { Headers, HeaderValue, JsonValue, Schema } from "./message.ts";
import type { ConfigSchema, InferConfig } from "./schema.ts";

/** The message that a script is given. The script may change its value and headers. It is valid until the script returns. */
export interface ScriptMessage<Value = JsonValue> {
  /** Decoded by the stream's schema and changed by earlier steps. */
  value: Value;
  /** Typed headers by name. Assign typed or plain headers to change them. */
  get headers(): Headers;
  set headers(headers: ScriptHeaders);
  /** Kind of the value. */
  readonly kind: Schema;
  /** Name of the Iggy stream; undefined in a source. */
  readonly stream: string | undefined;
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  readonly id: bigint | undefined;
  /** Broker time, microseconds since the Unix epoch; undefined in a source. */
  readonly timestamp: number | undefined;
  /** Producer time, microseconds since the Unix epoch. */
  readonly originTimestamp: number | undefined;
  /** Sources: name of the `[[streams]]` entry it goes to. */
  target: string | undefined;
  /** Sources: determines the partition with `partition_by = "key"`. */
  key: string | Uint8Array | undefined;
  /** The plain value of a header. */
  header(name: string): HeaderValue["value"] | undefined;
}

export type ScriptHeaders = Headers | Readonly<Record<string, string | number | boolean | bigint | Uint8Array>>;

/** A message that a script returns: the one it was given, or a new one. What is absent stays unchanged. */
export interface ScriptOutput<Value = unknown> {
  readonly value: Value;
  readonly headers?: ScriptHeaders;
  readonly target?: string | undefined;
  readonly key?: string | Uint8Array | undefined;
}

/** One message or several that go on; `null` or an empty list filters the message. */
export type ScriptResult<Value = unknown> = ScriptOutput<Value> | readonly ScriptOutput<Value>[] | null;

/** What a script is given besides the message. */
export interface ScriptContext<Config = unknown> {
  /** `config` of the step, validated if the script has a schema. */
  readonly config: Config;
  /** Name of the step. */
  readonly name: string;
}

/** A synchronous function that is called for every message. Throwing fails this message only. */
export type ScriptFunction<Value = JsonValue, Config = unknown> = (
  message: ScriptMessage<Value>,
  context: ScriptContext<Config>,
) => ScriptResult;

/** A script whose configuration has a schema. */
export interface ScriptDefinition<Value = JsonValue, Config extends ConfigSchema = ConfigSchema> {
  readonly config: Config;
  transform(message: ScriptMessage<Value>, context: ScriptContext<InferConfig<Config>>): ScriptResult;
}

/**
 * Declares a script, the default export of the file that a `script` step names: a function of the message, or with a schema
 * for its `config`. `Value` is the type of the values that the stream carries.
 */
export function defineScript<Value = JsonValue>(script: ScriptFunction<Value>): ScriptFunction<Value>;
export function defineScript<Value = JsonValue, Config extends ConfigSchema = ConfigSchema>(
  script: ScriptDefinition<Value, Config>,
): ScriptDefinition<Value, Config>;
export function defineScript(script: unknown): unknown {
  return script;
}
