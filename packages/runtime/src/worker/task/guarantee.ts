import { ConnectorError, type Delivery, type Logger } from "@iggy-connectors/sdk";
import { textOf } from "../../shared/cut-text.ts";
import { configuredDelivery, DELIVERIES, type DeliveryInForce, isDelivery } from "../../shared/task/delivery.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";

/** Invariant 10: the delivery guarantee in force, which a connector may have to weaken while it runs. */
export class Guarantee {
  readonly #logger: Logger;
  readonly #onChange: () => void;
  #configured: DeliveryInForce | undefined;
  #current: DeliveryInForce | undefined;

  constructor(logger: Logger, onChange: () => void) {
    this.#logger = logger;
    this.#onChange = onChange;
  }

  /** Undefined until the plugin is loaded. */
  get current(): DeliveryInForce | undefined {
    return this.#current;
  }

  /** The plugin is loaded: without a report, its configuration decides. */
  loaded(plugin: PluginDescription): void {
    this.#configured = configuredDelivery(plugin);
    this.#current = this.#configured;
    this.#onChange();
  }

  /** @throws ConnectorError `IGC_PLUGIN_DELIVERY` */
  report(guarantee: Delivery, reason: string): void {
    if (!isDelivery(guarantee)) {
      throw new ConnectorError(`${JSON.stringify(guarantee)} is not a delivery guarantee`, {
        code: "IGC_PLUGIN_DELIVERY",
        fix: `report one of ${DELIVERIES.join(", ")}`,
      });
    }
    const asConfigured = guarantee === this.#configured?.guarantee;
    const before = this.#current;
    this.#current = asConfigured ? this.#configured : { guarantee, reason: textOf(reason) };
    if (before?.guarantee === guarantee && before.reason === this.#current?.reason) return;
    if (asConfigured) this.#logger.info(`delivery is ${guarantee} again`);
    else this.#logger.warn(`delivery is ${guarantee}: ${reason}`);
    this.#onChange();
  }
}
