import { setTimeout as sleep } from "node:timers/promises";
import { RetryableError } from "@iggy-connectors/sdk";

/** Taken before signals to this process are forbidden to plugins. */
const kill = process.kill.bind(process);

/** The steps between which a test can stop a task. */
export const FAIL_POINTS = [
  "sink.after_poll",
  "sink.after_consume",
  "sink.after_flush",
  "sink.before_store",
  "sink.after_store",
  "sink.after_dead_letter",
  "source.after_poll",
  "source.after_send",
  "source.before_checkpoint",
  "source.after_checkpoint",
] as const;

export type FailPoint = (typeof FAIL_POINTS)[number];

type Action = { readonly kind: "kill" | "error" } | { readonly kind: "delay"; readonly milliseconds: number };

interface Trap {
  readonly action: Action;
  /** The pass at which it acts; undefined: every pass. */
  readonly at: number | undefined;
  passes: number;
}

/** Passes a named step; undefined when no fail point is set, so that the data path pays one comparison. */
export type FailPoints = ((point: FailPoint) => Promise<void>) | undefined;

/**
 * Reads `IGGY_CONNECTORS_FAILPOINT`: `name:action[@pass][,…]` with the actions `kill` (SIGKILL to this process),
 * `error` (a retryable error) and `delay(ms)`. Unset: undefined.
 * @throws Error when the text does not follow this form, since a test without its fail point would prove nothing.
 */
export function parseFailPoints(text: string | undefined): FailPoints {
  if (text === undefined || text === "") return undefined;
  const traps = new Map<string, Trap>();
  for (const part of text.split(",")) {
    const match = /^\s*([a-z_.]+):(kill|error|delay\((\d+)\))(?:@(\d+))?\s*$/.exec(part);
    const name = match?.[1];
    if (match === null || name === undefined || !(FAIL_POINTS as readonly string[]).includes(name)) {
      throw new Error(
        `IGGY_CONNECTORS_FAILPOINT: "${part.trim()}" is not name:action; names are ${FAIL_POINTS.join(", ")}, actions kill, error, delay(ms)`,
      );
    }
    const action: Action =
      match[3] === undefined
        ? { kind: match[2] === "kill" ? "kill" : "error" }
        : { kind: "delay", milliseconds: Number(match[3]) };
    traps.set(name, { action, at: match[4] === undefined ? undefined : Number(match[4]), passes: 0 });
  }
  return (point) => pass(traps.get(point), point);
}

async function pass(trap: Trap | undefined, point: FailPoint): Promise<void> {
  if (trap === undefined) return;
  trap.passes += 1;
  if (trap.at !== undefined && trap.passes !== trap.at) return;
  switch (trap.action.kind) {
    case "kill":
      kill(process.pid, "SIGKILL");
      // The signal is delivered asynchronously; nothing of the next step may run before it.
      await new Promise<never>(() => {});
      return;
    case "error":
      throw new RetryableError(`fail point ${point}`, { code: "IGC_PLUGIN_FAILPOINT" });
    case "delay":
      await sleep(trap.action.milliseconds);
      return;
  }
}
