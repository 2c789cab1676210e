import { CallMarks, createMarks, type MessageRange, type ProducedProgress } from "../../shared/workers/call-marks.ts";

const NO_MESSAGES: readonly MessageRange[] = [];

/** Marks the calls of a task into its connector's code, so that the control plane knows whose call a worker hangs in. */
export class TaskCalls {
  readonly #marks: CallMarks;
  readonly #owner: string;
  /** Called when a call that may wait has ended. */
  onEnded: () => void = () => {};

  /** `owner`: names the task in a worker that has several. Without marks nobody watches. */
  constructor(marks: CallMarks = new CallMarks(createMarks()), owner = "") {
    this.#marks = marks;
    this.#owner = owner;
  }

  /** Code that returns without waiting. `messages`: what it is given, of topics or of a source. */
  run<Result>(call: string, messages: readonly MessageRange[] | ProducedProgress, work: () => Result): Result {
    const slot = "through" in messages ? this.#enter(call, NO_MESSAGES, messages) : this.#enter(call, messages);
    try {
      return work();
    } finally {
      this.#marks.leave(slot);
    }
  }

  async track<Result>(
    call: string,
    work: () => Result | Promise<Result>,
    ranges: readonly MessageRange[] = NO_MESSAGES,
  ): Promise<Result> {
    const slot = this.#enter(call, ranges);
    try {
      const result = work();
      this.#marks.yielded(slot);
      return await result;
    } finally {
      this.#marks.leave(slot);
      this.onEnded();
    }
  }

  #enter(call: string, ranges: readonly MessageRange[], produced?: ProducedProgress): number | undefined {
    const mark = { owner: this.#owner, call, since: Date.now(), ranges };
    return this.#marks.enter(produced === undefined ? mark : { ...mark, produced });
  }
}
