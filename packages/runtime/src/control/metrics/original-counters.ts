import type { CounterName } from "../../shared/task/counters.ts";

/** The counters that the original has in its `/metrics` and `/stats`, in its order. Both name them by `metric`. */
export const ORIGINAL_COUNTERS = [
  "produced",
  "sent",
  "consumed",
  "processed",
  "filtered",
  "errors",
] as const satisfies readonly CounterName[];
