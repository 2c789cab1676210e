import type { ProducedBatch } from "@iggy-connectors/sdk";
import type { Task } from "../../task/task.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import { payloadBytes } from "./polled-batches.ts";
import type { LostProduce, ProduceFailures } from "./produce-failures.ts";
import { type Route, routeMessages } from "./routing.ts";
import type { SourceTiming } from "./source-timing.ts";
import type { FailedProduce, PreparedSend, TargetStream } from "./target-stream.ts";

interface PreparedRoute {
  readonly route: Route;
  readonly prepared: PreparedSend;
}

/** Brings one produced batch into Iggy: transformed, encoded, sent to its streams, its failures settled. */
export class SourceDelivery {
  readonly #task: Task;
  readonly #targets: readonly TargetStream[];
  readonly #failures: ProduceFailures;
  #messagesInHand = 0;
  #bytesInHand = 0;

  constructor(task: Task, targets: readonly TargetStream[], failures: ProduceFailures) {
    this.#task = task;
    this.#targets = targets;
    this.#failures = failures;
  }

  get messagesInHand(): number {
    return this.#messagesInHand;
  }

  get bytesInHand(): number {
    return this.#bytesInHand;
  }

  /**
   * The number of messages that were sent, once every message of the batch has ended and its checkpoint may be committed;
   * undefined: the task was stopped before.
   */
  async deliver(batch: ProducedBatch, timing: SourceTiming): Promise<number | undefined> {
    const { counters } = this.#task;
    const { messages } = batch;
    counters.produced += messages.length;
    const bytes = payloadBytes(batch);
    counters.bytesIn += bytes;
    this.#messagesInHand = messages.length;
    this.#bytesInHand = bytes;
    this.#task.measured.batch(messages.length, bytes);
    this.#task.changed();
    try {
      return await this.#deliver(batch, timing);
    } finally {
      this.#messagesInHand = 0;
      this.#bytesInHand = 0;
      this.#task.changed();
    }
  }

  async #deliver({ messages, schema }: ProducedBatch, timing: SourceTiming): Promise<number | undefined> {
    const { counters } = this.#task;
    const tally = new OutcomeTally(messages.length);
    const { routes, lost } = routeMessages(messages, this.#targets);
    const failed: LostProduce[] = lost.map(({ index, error }) => ({
      index,
      error,
      stage: "send",
      attempts: 1,
      stream: this.#targets[0]!.spec,
    }));
    const began = performance.now();
    const prepared: PreparedRoute[] = [];
    for (const route of routes) prepared.push({ route, prepared: await route.target.prepare(route.messages, schema) });
    for (const { route, prepared: send } of prepared) {
      for (const failure of send.failed) failed.push(inBatch(failure, route));
    }
    timing.decode = performance.now() - began;
    // Before anything is sent: a batch that is stopped comes again as a whole.
    const barrier = this.#failures.stopping(failed);
    if (barrier !== undefined) {
      await this.#failures.block(barrier);
      return undefined;
    }
    let sent = 0;
    const sendingBegan = performance.now();
    for (const { route, prepared: send } of prepared) {
      const { target, indexes } = route;
      const complete = await target.send(send.groups, {
        sent(group, from, to, size) {
          sent += to - from;
          counters.sent += to - from;
          counters.bytesOut += size;
          for (let at = from; at < to; at++) {
            const index = group.indexes[at]!;
            tally.delivered(indexes === undefined ? index : indexes[index]!);
          }
        },
        failed: (failure) => failed.push(inBatch(failure, route)),
      });
      if (!complete) return undefined;
    }
    timing.send = performance.now() - sendingBegan;
    const late = this.#failures.stopping(failed);
    if (late !== undefined) {
      await this.#failures.block(late);
      return undefined;
    }
    if (failed.length > 0 && !(await this.#failures.settle(messages, failed, tally))) return undefined;
    tally.addTo(counters);
    return sent;
  }
}

function inBatch(failure: FailedProduce, { target, indexes }: Route): LostProduce {
  const index = indexes === undefined ? failure.index : indexes[failure.index]!;
  return { ...failure, index, stream: target.spec };
}
