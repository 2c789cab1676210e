import { type CommittedOffset, CommittedOffsetMovedError, type Sink } from "@iggy-connectors/sdk";

/** A destination that keeps its offsets beside what it has, as a database does. */
export class RecordingTarget {
  readonly rows: { readonly text: string; readonly offset: bigint }[] = [];
  record: CommittedOffset | undefined;
  readonly resets: bigint[] = [];
  readonly ended: bigint[] = [];
  questions = 0;
  readonly keepsHistory: boolean;
  readonly keepsTime: boolean;

  constructor({ history = true, time = false } = {}) {
    this.keepsHistory = history;
    this.keepsTime = time;
  }

  get texts(): string[] {
    return this.rows.map(({ text }) => text);
  }

  /** As a backup that is restored: without the rows behind `offset`. */
  setBack(offset: bigint): void {
    this.rows.splice(0, this.rows.length, ...this.rows.filter((row) => row.offset <= offset));
    this.record = { ...this.record, offset };
  }

  /** The same, by a number of messages of the log that is recorded. */
  setBackBy(messages: number): void {
    const last = this.record?.offset;
    if (last === undefined) return;
    const offset = last - BigInt(messages);
    this.rows.splice(Math.max(0, this.rows.length - Number(last < BigInt(messages) ? last + 1n : BigInt(messages))));
    const { timestamp: _, ...record } = this.record ?? {};
    this.record = { ...record, offset: offset < 0n ? undefined : offset };
  }

  /** One instance of the sink: it remembers what it wrote last. */
  sink(): Sink {
    let known: bigint | undefined;
    let history: string | undefined;
    return {
      committed: async () => {
        this.questions += 1;
        known = this.record?.offset;
        history = this.record?.history;
        return this.record;
      },
      reset: async (ref, next) => {
        this.resets.push(next);
        known = next === 0n ? undefined : next - 1n;
        this.write(known, ref.history);
        history = ref.history;
      },
      ended: async (ref, through) => {
        this.ended.push(through);
        known = through;
        this.write(through, ref.history);
      },
      consume: async (batch) => {
        if (batch.history !== history) known = undefined;
        else if (this.record?.offset !== known) throw new CommittedOffsetMovedError(`at ${this.record?.offset}`);
        for (const { offset, payload } of batch) this.rows.push({ text: Buffer.from(payload).toString(), offset });
        known = batch.lastOffset;
        history = batch.history;
        this.write(known, batch.history, batch.timestamp(batch.length - 1));
      },
    };
  }

  write(offset: bigint | undefined, history: string | undefined, timestamp?: number): void {
    this.record = {
      offset,
      ...(this.keepsHistory ? { history } : {}),
      ...(this.keepsTime ? { timestamp } : {}),
    };
  }
}
