import type { Codec } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import { JsonText, jsonTextScanner } from "@iggy-connectors/sdk/internal";
import { OutputPool } from "../batch/output-pool.ts";
import { EditOutcome } from "../bytes/object-editor.ts";
import { ChainMessage } from "../chain/chain-message.ts";
import { isJsonText } from "../chain/chain-payload.ts";
import type { ChainOutput, PlanEditor, TransformPlan, TransformStep } from "../chain/transform-plan.ts";
import { FILTERED } from "../definition/transform.ts";
import { wallClock } from "../values/wall-clock.ts";
import { chainFailure, decodeFailure, encodeFailure, type PlanFailure, stepFailure } from "./message-failure.ts";
import type { PlanInput } from "./plan-input.ts";
import { PlanOutput } from "./plan-output.ts";
import { ScannedTexts } from "./scanned-texts.ts";

/** What a run checks and decodes, and what becomes of values. */
export interface RunOptions {
  /** Check payloads that no step decodes. */
  readonly validate: boolean;
  /**
   * Stores the value, or JSON text, of a row whose payload is not the original one, or with `decodeAll` of every row. Throws `ConnectorError` when the
   * value cannot be used. Absent: it is kept as a value.
   */
  readonly accept?: (output: PlanOutput, row: number, value: unknown, kind: Schema) => void;
  /** The original bytes are of another schema than the result, so that every message has to be decoded. Default false. */
  readonly decodeAll?: boolean;
}

/**
 * Runs a chain over the messages of a batch: `PlanInput` in, `PlanOutput` out. Built once per connector and stream; it has scratch space, so
 * that runs must not overlap. Four ways, the cheapest that the chain allows:
 *
 * - no step concerns the messages: payloads are only checked, or not even that;
 * - every step edits top-level members of JSON: one pass over the bytes, without decoding;
 * - every step looks at nothing but values: decode, then apply;
 * - otherwise each message goes through the chain as a `ChainMessage`, which decodes on access.
 */
export class ChainRunner {
  readonly #codec: Codec;
  readonly #plan: TransformPlan;
  readonly #options: RunOptions;
  readonly #transforms: boolean;
  /** Whether payloads are JSON that steps edit as text. */
  readonly #isText: boolean;
  readonly #editor: PlanEditor | undefined;
  /** Whether payloads are JSON as it is written. */
  readonly #isJson: boolean;
  readonly #memory = new OutputPool();

  constructor(codec: Codec, plan: TransformPlan, options: RunOptions) {
    this.#codec = codec;
    this.#plan = plan;
    this.#options = options;
    this.#transforms = plan.concerns(codec.kind) || options.decodeAll === true;
    this.#isJson = isJsonText(codec);
    this.#isText = this.#isJson && plan.takesText;
    this.#editor = this.#transforms && this.#isJson ? plan.objectEditor() : undefined;
  }

  /** Reads and transforms the messages from `first` on. Invariant 4: every one has output, or is filtered, or failed. */
  run(input: PlanInput, first: number): PlanOutput {
    const output = new PlanOutput(input, first, this.#memory);
    if (this.#transforms) wallClock.read();
    if (this.#editor !== undefined) this.#edit(output, this.#editor);
    else if (this.#transforms && this.#plan.valuesOnly) this.#transformValues(output, new FilterCount(output));
    else if (this.#transforms) new MessageRun(output, this.#plan, this.#codec, this.#options).run();
    else if (this.#options.validate && this.#isJson) this.#checkJson(output);
    else if (this.#options.validate && this.#codec.acceptsAll !== true) this.#check(output);
    else output.length = Math.max(0, input.length - first);
    output.finish();
    return output;
  }

  #check(output: PlanOutput): void {
    const { input } = output;
    for (let index = output.first; index < input.length; index++) {
      const bytes = input.bytes(index);
      if (bytes !== undefined && !this.#codec.accepts(bytes, input.start(index), input.end(index))) {
        output.fail(this.#rejected(output, index, bytes));
      } else {
        output.add(index);
      }
    }
  }

  #checkJson(output: PlanOutput): void {
    const { input } = output;
    const scanner = jsonTextScanner();
    for (let first = output.first; first < input.length; ) {
      if (input.bytes(first) === undefined) {
        output.add(first++);
        continue;
      }
      const end = scanner.scan(input, first, false);
      if (scanner.refused === 0) {
        output.addAll(first, end);
      } else {
        for (let index = first; index < end; index++) {
          const bytes = input.bytes(index);
          if (bytes === undefined || scanner.bits(index) >= 0) output.add(index);
          else output.fail(this.#rejected(output, index, bytes));
        }
      }
      first = end;
    }
  }

  #edit(output: PlanOutput, { editor, steps }: PlanEditor): void {
    const { input } = output;
    const filters = new FilterCount(output);
    const texts = new ScannedTexts(input);
    for (let index = output.first; index < input.length; index++) {
      const bytes = input.bytes(index);
      if (bytes === undefined) {
        this.#transformValue(output, filters, index, input.value(index));
        continue;
      }
      const bits = texts.bits(index);
      if (bits < 0) {
        output.fail(this.#rejected(output, index, bytes));
        continue;
      }
      const changed = output.changedPayloads(editor.addedBytes);
      const start = changed.output.position;
      texts.locate(index);
      const outcome = editor.edit(bytes, input.start(index), input.end(index), bits, texts.members, changed.output);
      if (outcome === EditOutcome.changed) {
        changed.setBytes(output.add(index), start);
      } else if (outcome === EditOutcome.unchanged) {
        output.add(index);
      } else if (outcome === EditOutcome.filtered) {
        output.filter(steps[editor.filteredBy]!.name);
      } else {
        this.#transformBytes(output, filters, index, bytes, texts);
      }
    }
  }

  #transformValues(output: PlanOutput, filters: FilterCount): void {
    const { input } = output;
    const texts = this.#isText ? new ScannedTexts(input) : undefined;
    for (let index = output.first; index < input.length; index++) {
      const bytes = input.bytes(index);
      if (bytes === undefined) this.#transformValue(output, filters, index, input.value(index));
      else this.#transformBytes(output, filters, index, bytes, texts);
    }
  }

  /** `texts`: steps take the payloads as JSON texts. */
  #transformBytes(
    output: PlanOutput,
    filters: FilterCount,
    index: number,
    bytes: Buffer,
    texts: ScannedTexts | undefined,
  ): void {
    const { input } = output;
    let value: unknown;
    try {
      value = texts?.open(index, bytes) ?? this.#codec.decode(bytes, input.start(index), input.end(index));
    } catch (error) {
      output.fail(decodeFailure(index, error));
      return;
    }
    this.#transformValue(output, filters, index, value);
  }

  #transformValue(output: PlanOutput, filters: FilterCount, index: number, value: unknown): void {
    const { decodeAll } = this.#options;
    const kind = this.#codec.kindOf?.(value) ?? this.#codec.kind;
    let result: unknown;
    try {
      result = this.#plan.applyValue(value, kind, filters);
    } catch (failure) {
      output.fail(stepFailure(index, failure));
      return;
    }
    if (result === FILTERED) return;
    const row = output.add(index);
    if (result === value && decodeAll !== true) return;
    try {
      storeResult(output, row, result, kind, this.#codec, this.#options);
    } catch (error) {
      output.truncate(row);
      output.fail(encodeFailure(index, error));
    }
  }

  /** Decodes a payload that was not accepted, for the error that says why. */
  #rejected(output: PlanOutput, index: number, bytes: Buffer): PlanFailure {
    try {
      this.#codec.decode(bytes, output.input.start(index), output.input.end(index));
    } catch (error) {
      return decodeFailure(index, error);
    }
    throw new Error(`the ${this.#codec.schema} codec decodes a payload that it did not accept`);
  }
}

/** One run of a chain that looks at more than values. */
class MessageRun implements ChainOutput {
  readonly #output: PlanOutput;
  readonly #plan: TransformPlan;
  readonly #codec: Codec;
  readonly #options: RunOptions;
  readonly #message: ChainMessage;
  /** The step that filtered the last part of the current message. */
  #filteredBy: TransformStep | undefined;

  constructor(output: PlanOutput, plan: TransformPlan, codec: Codec, options: RunOptions) {
    this.#output = output;
    this.#plan = plan;
    this.#codec = codec;
    this.#options = options;
    // Where nothing is checked, few texts may have to be looked at.
    const texts = options.validate && isJsonText(codec) ? new ScannedTexts(output.input) : undefined;
    this.#message = new ChainMessage(output.input, codec, texts);
  }

  run(): void {
    const { input, first } = this.#output;
    for (let index = first; index < input.length; index++) this.#one(index);
  }

  keep(message: ChainMessage): void {
    const output = this.#output;
    const { decodeAll, validate } = this.#options;
    const row = output.add(message.index);
    if (message.untouched && decodeAll !== true) {
      if (validate) message.check();
    } else {
      const { kind } = message;
      storeResult(output, row, message.result, kind, this.#codec, this.#options);
      if (kind !== this.#codec.kind) output.setKind(row, kind);
    }
    if (!message.touched) return;
    output.setAttributes(row, { headers: message.changedHeaders, target: message.target, key: message.key });
  }

  filtered(step: TransformStep): void {
    this.#filteredBy = step;
  }

  #lastFilter(): string {
    return this.#filteredBy?.name ?? "";
  }

  #one(index: number): void {
    const output = this.#output;
    const before = output.length;
    this.#filteredBy = undefined;
    try {
      this.#message.begin(index);
      this.#plan.process(this.#message, this);
    } catch (failure) {
      // When one part of a message fails, all of it fails: the original is one message with one outcome.
      output.truncate(before);
      output.fail(chainFailure(index, failure));
      return;
    }
    const made = output.length - before;
    if (made > 1) output.derived = true;
    if (made === 0) output.filter(this.#lastFilter());
  }
}

/** Counts what the steps of one run filter. */
class FilterCount {
  readonly #output: PlanOutput;

  constructor(output: PlanOutput) {
    this.#output = output;
  }

  filtered(step: TransformStep): void {
    this.#output.filter(step.name);
  }
}

/** Stores what a chain made of a payload. Throws where it cannot be used. */
function storeResult(
  output: PlanOutput,
  row: number,
  result: unknown,
  kind: Schema,
  codec: Codec,
  { accept }: RunOptions,
): void {
  if (accept !== undefined) accept(output, row, result, kind);
  else if (result instanceof JsonText && kind === "json" && isJsonText(codec)) writeText(output, row, result);
  else output.changedPayloads(0).setValue(row, result instanceof JsonText ? result.decode() : result);
}

/** Stores an edited text as the payload of a row. */
export function writeText(output: PlanOutput, row: number, text: JsonText): void {
  const changed = output.changedPayloads(0);
  const start = changed.output.position;
  text.writeTo(changed.output);
  changed.setBytes(row, start);
}
