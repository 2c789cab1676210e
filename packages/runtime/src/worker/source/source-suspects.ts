import { hash } from "node:crypto";
import { type ProducedMessage, RejectedError, stringifyJson } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { ProducedSuspects } from "../../shared/task/task-spec.ts";
import type { ProducedProgress } from "../../shared/workers/call-marks.ts";

/** What a source's task knows about messages that an earlier worker hung with. */
export class SourceSuspects {
  readonly #spec: ProducedSuspects;
  #taken = 0;

  constructor(spec: ProducedSuspects | undefined) {
    this.#spec = spec ?? { apart: 0, hanging: [] };
  }

  /** Whether the next messages are to be taken one by one. */
  get apart(): boolean {
    return this.#taken < this.#spec.apart;
  }

  /** Takes messages together. */
  together(count: number): ProducedProgress {
    this.#taken += count;
    return { through: this.#taken };
  }

  /** Takes one message alone. `failure`: it must not be tried any more. */
  alone(message: ProducedMessage): {
    readonly produced: ProducedProgress;
    readonly failure: MessageFailure | undefined;
  } {
    this.#taken += 1;
    const digest = digestOf(message);
    return { produced: { through: this.#taken, digest }, failure: this.#failureOf(digest) };
  }

  #failureOf(digest: string): MessageFailure | undefined {
    const known = this.#spec.hanging.find((message) => message.digest === digest);
    if (known === undefined) return undefined;
    const error = new RejectedError(known.reason, {
      code: "IGC_PLUGIN_UNRESPONSIVE",
      fix: "find out why the connector does not return from this message; hang_timeout is how long it may take",
    });
    return { index: 0, stage: known.call === "transforms" ? "transform" : "encode", error, attempts: 2 };
  }
}

/** The same for the same payload in another worker. Messages with equal payloads are treated alike: they hang alike. */
function digestOf({ payload }: ProducedMessage): string {
  return hash("sha256", payload instanceof Uint8Array ? payload : textOf(payload));
}

function textOf(payload: unknown): string {
  try {
    return stringifyJson(payload as Parameters<typeof stringifyJson>[0]) ?? "";
  } catch {
    // It will be refused. That it cannot be told from others of its kind does not matter.
    return String(payload);
  }
}
