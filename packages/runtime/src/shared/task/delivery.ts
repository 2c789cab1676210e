import type { Delivery } from "@iggy-connectors/sdk";
import type { PluginDescription } from "./task-messages.ts";

/** Every guarantee, the weakest first. */
export const DELIVERIES = ["at-most-once", "at-least-once", "exactly-once"] as const satisfies readonly Delivery[];

/** Invariant 10: the guarantee in force. */
export interface DeliveryInForce {
  readonly guarantee: Delivery;
  /** Why it is not the best that the connector can give; undefined: it is. */
  readonly reason: string | undefined;
}

export function isDelivery(value: unknown): value is Delivery {
  return (DELIVERIES as readonly unknown[]).includes(value);
}

/** The guarantee of a plugin with its configuration. */
export function configuredDelivery({ name, delivery, effectiveDelivery }: PluginDescription): DeliveryInForce {
  const weaker = effectiveDelivery !== delivery;
  return {
    guarantee: effectiveDelivery,
    reason: weaker ? `${name} can deliver ${delivery}, but not with these settings` : undefined,
  };
}

/** What several tasks promise together: no more than the one that promises least. */
export function weakestDelivery(all: readonly (DeliveryInForce | undefined)[]): DeliveryInForce | undefined {
  return all
    .flatMap((one) => one ?? [])
    .reduce<DeliveryInForce | undefined>(
      (weakest, one) => (weakest === undefined || rank(one) < rank(weakest) ? one : weakest),
      undefined,
    );
}

function rank({ guarantee }: DeliveryInForce): number {
  return DELIVERIES.indexOf(guarantee);
}
