/** Messages of one partition; both ends belong to it. Offsets are decimal text. */
export interface MessageRange {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  readonly first: string;
  readonly last: string;
}

/** Messages of a source, which have no offsets. */
export interface ProducedProgress {
  /** How many the task has taken from the source since its worker began, with these. */
  readonly through: number;
  /** Of a message that is alone in its call: what it is known by in another worker. */
  readonly digest?: string;
}

/** A call into a connector's code that has not returned yet. */
export interface MarkedCall {
  /** Which of the tasks of a worker; empty where it has one. */
  readonly owner: string;
  /** `consume`, `transforms`, `open` … */
  readonly call: string;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  /** The messages that the call was given. */
  readonly ranges: readonly MessageRange[];
  /** The messages of a source that it was given. */
  readonly produced?: ProducedProgress;
}

/** What a worker is doing, as another thread reads it. */
export interface WorkerActivity {
  /** Changes while the worker's event loop turns; 0 = it has not begun yet. */
  readonly beats: number;
  /** The system's number of its thread; 0 = not known. */
  readonly thread: number;
  readonly calls: readonly MarkedCall[];
  /** The one whose code runs now; undefined: none, or one that continues after it waited. */
  readonly running: MarkedCall | undefined;
}

/** Calls of one task that are open at once; further ones are not marked. */
const SLOTS = 32;
/** The same of a worker with many tasks, most of which wait in one call. What is not used costs no memory. */
export const SHARED_SLOTS = 512;
/** Bytes of one slot: the length of its text, and the text. */
const SLOT_BYTES = 4096;
const BEATS = 0;
const RUNNING = 1;
const THREAD = 2;
const HEADER_BYTES = 12;

/** Memory in which a worker marks what it does. It can be read while the worker does not answer. */
export function createMarks(slots: number = SLOTS): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + slots * SLOT_BYTES);
}

/** Of a worker: its heartbeat, and whose call it is in. A mark costs about a microsecond, once per batch and call. */
export class CallMarks {
  readonly #header: Int32Array;
  readonly #lengths: readonly Int32Array[];
  readonly #texts: readonly Buffer[];
  readonly #free: number[];

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    const slots = slotsOf(buffer);
    this.#lengths = slots.map((start) => new Int32Array(buffer, start, 1));
    this.#texts = slots.map((start) => Buffer.from(buffer, start + 4, SLOT_BYTES - 4));
    this.#free = slots.map((_, slot) => slot).reverse();
  }

  /** The system's number of the thread that beats. */
  runsIn(thread: number): void {
    Atomics.store(this.#header, THREAD, thread);
  }

  /** The event loop turns. */
  beat(): void {
    Atomics.add(this.#header, BEATS, 1);
  }

  /** A call begins, and its code runs. Returns its slot; undefined: too many are open. */
  enter(mark: MarkedCall): number | undefined {
    const slot = this.#free.pop();
    if (slot === undefined) return undefined;
    let length = this.#write(slot, mark);
    // Without its messages a call still names its connector.
    if (length === undefined) length = this.#write(slot, { ...mark, ranges: [] }) ?? 0;
    Atomics.store(this.#lengths[slot]!, 0, length);
    Atomics.store(this.#header, RUNNING, slot + 1);
    return slot;
  }

  /** The code of the call returned, or waits. */
  yielded(slot: number | undefined): void {
    if (slot !== undefined) Atomics.compareExchange(this.#header, RUNNING, slot + 1, 0);
  }

  /** The call has ended. */
  leave(slot: number | undefined): void {
    if (slot === undefined) return;
    this.yielded(slot);
    Atomics.store(this.#lengths[slot]!, 0, 0);
    this.#free.push(slot);
  }

  #write(slot: number, mark: MarkedCall): number | undefined {
    const text = this.#texts[slot]!;
    const json = JSON.stringify(mark);
    // A character of a text takes three bytes at most.
    if (json.length * 3 > text.length && Buffer.byteLength(json) > text.length) return undefined;
    return text.write(json);
  }
}

/** Reads what a worker, which may have ended, marked. */
export function readMarks(buffer: SharedArrayBuffer | ArrayBuffer): WorkerActivity {
  const header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  const open = slotsOf(buffer).map((start) => readSlot(buffer, start));
  return {
    beats: header[BEATS]!,
    thread: header[THREAD]!,
    calls: open.filter((mark) => mark !== undefined),
    running: open[header[RUNNING]! - 1],
  };
}

/** The heartbeat alone, which is looked at more often than the calls. */
export function readHeartbeat(buffer: SharedArrayBuffer): Pick<WorkerActivity, "beats" | "thread"> {
  const header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  return { beats: Atomics.load(header, BEATS), thread: Atomics.load(header, THREAD) };
}

/** Where each slot begins. */
function slotsOf({ byteLength }: SharedArrayBuffer | ArrayBuffer): number[] {
  const count = Math.floor((byteLength - HEADER_BYTES) / SLOT_BYTES);
  return Array.from({ length: count }, (_, slot) => HEADER_BYTES + slot * SLOT_BYTES);
}

/** Size in bytes of what `createMarks` makes for one task. */
export const MARKS_BYTES = HEADER_BYTES + SLOTS * SLOT_BYTES;

function readSlot(buffer: SharedArrayBuffer | ArrayBuffer, start: number): MarkedCall | undefined {
  const length = new Int32Array(buffer, start, 1)[0]!;
  if (length <= 0 || length > SLOT_BYTES - 4) return undefined;
  try {
    const mark: unknown = JSON.parse(Buffer.from(buffer, start + 4, length).toString());
    return isMark(mark) ? mark : undefined;
  } catch {
    // Memory that a process of its own sent may hold anything.
    return undefined;
  }
}

function isMark(value: unknown): value is MarkedCall {
  if (typeof value !== "object" || value === null) return false;
  const { owner, call, since, ranges, produced } = value as Partial<Record<keyof MarkedCall, unknown>>;
  return (
    typeof owner === "string" &&
    typeof call === "string" &&
    typeof since === "number" &&
    Array.isArray(ranges) &&
    ranges.every(isRange) &&
    (produced === undefined || isProduced(produced))
  );
}

function isProduced(value: unknown): value is ProducedProgress {
  if (typeof value !== "object" || value === null) return false;
  const { through, digest } = value as Partial<Record<keyof ProducedProgress, unknown>>;
  return Number.isSafeInteger(through) && (digest === undefined || typeof digest === "string");
}

function isRange(value: unknown): value is MessageRange {
  if (typeof value !== "object" || value === null) return false;
  const { stream, topic, partition, first, last } = value as Partial<Record<keyof MessageRange, unknown>>;
  return (
    typeof stream === "string" &&
    typeof topic === "string" &&
    typeof partition === "number" &&
    isOffset(first) &&
    isOffset(last)
  );
}

function isOffset(value: unknown): boolean {
  return typeof value === "string" && /^\d{1,20}$/.test(value);
}
