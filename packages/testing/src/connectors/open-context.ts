import type { Delivery, OpenContext } from "@iggy-connectors/sdk";

/** The context of `open`, which remembers the guarantees that the connector reported. */
export interface RecordingOpenContext extends OpenContext {
  /** In order. */
  readonly deliveries: { readonly delivery: Delivery; readonly reason: string }[];
}

export function openContext(signal: AbortSignal = new AbortController().signal): RecordingOpenContext {
  const deliveries: { delivery: Delivery; reason: string }[] = [];
  return { signal, deliveries, reportDelivery: (delivery, reason) => void deliveries.push({ delivery, reason }) };
}
