import { MESSAGE_OUTCOMES } from "../../shared/task/counters.ts";
import type { ConnectorIdentity } from "../config/connector-identity.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";

/** Milliseconds between two samples, and over how many samples a rate is taken. */
const INTERVAL = 5000;
const SAMPLES = 12;

interface Sample {
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly ended: number;
}

/** How many messages of each connector end per second. */
export class RateMeter {
  readonly #connectors: () => readonly ConnectorSnapshot[];
  #samples = new Map<string, readonly Sample[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(connectors: () => readonly ConnectorSnapshot[]) {
    this.#connectors = connectors;
  }

  start(): void {
    this.sample();
    this.#timer = setInterval(() => this.sample(), INTERVAL);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sample(at: number = performance.now()): void {
    const samples = new Map<string, readonly Sample[]>();
    for (const snapshot of this.#connectors()) {
      const before = this.#samples.get(nameOf(snapshot)) ?? [];
      samples.set(nameOf(snapshot), [...before.slice(-SAMPLES), { at, ended: endedOf(snapshot) }]);
    }
    this.#samples = samples;
  }

  /** Undefined until the connector was sampled before. */
  of(snapshot: ConnectorSnapshot, now: number = performance.now()): number | undefined {
    const [first] = this.#samples.get(nameOf(snapshot)) ?? [];
    if (first === undefined || now <= first.at) return undefined;
    return ((endedOf(snapshot) - first.ended) * 1000) / (now - first.at);
  }
}

function endedOf({ counters }: ConnectorSnapshot): number {
  return MESSAGE_OUTCOMES.reduce((sum, outcome) => sum + counters[outcome], 0);
}

function nameOf({ type, key }: ConnectorIdentity): string {
  return `${type}/${key}`;
}
