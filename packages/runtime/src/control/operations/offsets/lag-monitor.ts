import type { IggyClient } from "@iggy-connectors/client";
import type { InitialOffset, SinkStreamSpec } from "../../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import type { ConnectorSnapshot } from "../../supervisor/connectors/snapshot.ts";
import { type ConsumedPartition, consumedPartitions } from "./partitions.ts";

/** What a sink consumes, by its configuration. */
interface ConsumedTopics {
  readonly sinkStreams: readonly SinkStreamSpec[];
  readonly initialOffset: InitialOffset;
}

export interface LagMonitorOptions {
  readonly client: () => Promise<IggyClient>;
  readonly connectors: () => readonly ConnectorSnapshot[];
  /** Undefined: its configuration is not valid. */
  readonly topicsOf: (connector: ConnectorSnapshot) => ConsumedTopics | undefined;
  /** Milliseconds between two rounds. Default 10 s. */
  readonly interval?: number;
}

const INTERVAL = 10_000;
/** Partitions that one round reads at most, each with one request or two; the next round goes on with further sinks. */
const PARTITIONS_PER_ROUND = 500;
/** Messages are read as a consumer that stores nothing. */
const READER = { kind: "consumer", id: "iggy-connectors-lag" } as const;

/** A partition of a sink as Iggy knows it. */
interface Observed extends ConsumedPartition {
  /** Time of the first message that is not consumed, milliseconds since the Unix epoch; undefined: there is none. */
  readonly oldestAt: number | undefined;
}

/**
 * How far sinks that do not deliver are behind: those that are paused, stopped, failed, never started, or wait for their
 * destination. Nobody else knows, because nothing reads their topics. Iggy is asked at an interval, and not at all while every
 * sink delivers.
 */
export class LagMonitor {
  readonly #options: LagMonitorOptions;
  readonly #observed = new Map<string, readonly Observed[]>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  /** Sinks are read in turns: the key of the last one that was read. */
  #last = "";
  #stopped = false;

  constructor(options: LagMonitorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.refresh(), this.#options.interval ?? INTERVAL);
    this.#timer.unref();
    void this.refresh();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Reads now; resolves when that is done. Where Iggy does not answer, what was read last stays. */
  refresh(): Promise<void> {
    this.#round ??= this.#read()
      .catch(() => {
        // The state of the runtime says that Iggy cannot be reached.
      })
      .finally(() => {
        this.#round = undefined;
      });
    return this.#round;
  }

  /** A snapshot with the partitions that no task reports, and the true end of those that it does not read on. */
  complete(snapshot: ConnectorSnapshot): ConnectorSnapshot {
    const observed = this.#observed.get(snapshot.key);
    if (snapshot.type !== "sink" || observed === undefined || delivers(snapshot)) return snapshot;
    const reported = new Map(snapshot.partitions.map((one) => [nameOf(one), one]));
    const partitions = observed.map((one) => statusOf(one, reported.get(nameOf(one))));
    const known = new Set(observed.map(nameOf));
    partitions.push(...snapshot.partitions.filter((one) => !known.has(nameOf(one))));
    return { ...snapshot, partitions, lag: partitions.reduce((sum, { lag }) => sum + lag, 0) };
  }

  async #read(): Promise<void> {
    const sinks = this.#options.connectors().filter(({ type, enabled }) => type === "sink" && enabled);
    for (const key of this.#observed.keys()) if (!sinks.some((sink) => sink.key === key)) this.#observed.delete(key);
    let left = PARTITIONS_PER_ROUND;
    for (const sink of inTurn(sinks, this.#last)) {
      if (left <= 0 || this.#stopped) return;
      if (startsNow(sink)) continue;
      if (delivers(sink)) {
        this.#observed.delete(sink.key);
        continue;
      }
      const topics = this.#options.topicsOf(sink);
      if (topics === undefined) continue;
      this.#last = sink.key;
      const client = await this.#options.client();
      const found = await consumedPartitions(client, topics);
      left -= Math.max(1, found.length);
      const before = new Map((this.#observed.get(sink.key) ?? []).map((one) => [nameOf(one), one]));
      const observed: Observed[] = [];
      for (const one of found) {
        const behind = stillToCome(one, topics.initialOffset);
        observed.push({ ...behind, oldestAt: await oldestAt(client, behind, before.get(nameOf(one))) });
      }
      this.#observed.set(sink.key, observed);
    }
  }
}

/** Its tasks read to the end of their partitions, and say so: what they report is true. */
function delivers({ state, lag, messagesInFlight, lastSuccessAt, since }: ConnectorSnapshot): boolean {
  if (state !== "running") return false;
  // A sink in one call for long reads nothing meanwhile.
  return messagesInFlight === 0 || lag === 0 || Date.now() - (lastSuccessAt ?? since) < INTERVAL;
}

/** It will most likely deliver in a moment: Iggy is not asked, and the client not loaded, for that. */
function startsNow({ state, lastError, since }: ConnectorSnapshot): boolean {
  return state === "starting" && lastError === undefined && Date.now() - since < INTERVAL;
}

/** Nothing is stored, and the sink would begin at the end: nothing is to come. */
function stillToCome(partition: ConsumedPartition, initialOffset: InitialOffset): ConsumedPartition {
  return partition.stored === undefined && initialOffset.kind === "last" ? { ...partition, lag: 0 } : partition;
}

async function oldestAt(
  client: IggyClient,
  { stream, topic, partition, stored, lag }: ConsumedPartition,
  before: Observed | undefined,
): Promise<number | undefined> {
  if (lag === 0) return undefined;
  if (before?.stored === stored && before?.oldestAt !== undefined) return before.oldestAt;
  const strategy =
    stored === undefined ? ({ kind: "first" } as const) : ({ kind: "offset", offset: stored + 1n } as const);
  const frames = await client.pollMessages({ stream, topic, partition, consumer: READER, strategy, count: 1 });
  return frames.length === 0 ? undefined : Math.floor(frames.timestamp(0) / 1000);
}

function statusOf(observed: Observed, reported: PartitionStatus | undefined): PartitionStatus {
  const { stream, topic, partition, stored, end, lag, oldestAt: observedAt } = observed;
  if (reported === undefined) {
    return {
      ...{ stream, topic, partition },
      storedOffset: stored?.toString(),
      endOffset: end?.toString(),
      lag,
      oldestOpenAt: observedAt,
      inFlight: 0,
      state: "unassigned",
    };
  }
  // What the task stored since counts; what was appended since it read last does, too.
  const last = larger(reported.endOffset, end);
  const newest = last === undefined ? 0n : BigInt(last);
  const from = larger(reported.storedOffset, stored);
  return {
    ...reported,
    storedOffset: from,
    endOffset: last,
    lag: from === undefined ? Math.max(reported.lag, lag) : Math.max(0, Number(newest - BigInt(from))),
    oldestOpenAt: reported.oldestOpenAt ?? observedAt,
  };
}

function larger(left: string | undefined, right: bigint | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right?.toString();
  return BigInt(left) > right ? left : right.toString();
}

/** The sinks after the one that was read last, then the others. */
function inTurn(sinks: readonly ConnectorSnapshot[], last: string): ConnectorSnapshot[] {
  const ordered = [...sinks].sort((a, b) => (a.key < b.key ? -1 : 1));
  return [...ordered.filter(({ key }) => key > last), ...ordered.filter(({ key }) => key <= last)];
}

function nameOf({ stream, topic, partition }: Pick<PartitionStatus, "stream" | "topic" | "partition">): string {
  return JSON.stringify([stream, topic, partition]);
}
