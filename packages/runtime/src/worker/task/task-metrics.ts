import { ConnectorError, type PluginMetrics } from "@iggy-connectors/sdk";
import { textOf } from "../../shared/cut-text.ts";
import type { TaskStatus } from "../../shared/task/task-status.ts";

/** Characters of the text that explains a metric. */
const MAX_HELP = 500;

type Metric = { readonly name: string; readonly help: string; readonly type: "counter" | "gauge"; value: number };

/** Metrics of the plugin's own. The same name gives the same metric again. */
export class TaskMetrics implements PluginMetrics {
  readonly #metrics = new Map<string, Metric>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  counter(name: string, help: string): { add(value: number): void } {
    const metric = this.#metric(name, help, "counter");
    return {
      add: (value) => {
        metric.value += Number(value);
        this.#onChange();
      },
    };
  }

  gauge(name: string, help: string): { set(value: number): void } {
    const metric = this.#metric(name, help, "gauge");
    return {
      set: (value) => {
        metric.value = Number(value);
        this.#onChange();
      },
    };
  }

  snapshot(): TaskStatus["pluginMetrics"] {
    return [...this.#metrics.values()].map((metric) => ({ ...metric }));
  }

  #metric(name: string, help: string, type: Metric["type"]): Metric {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new ConnectorError(`"${name}" is not a metric name`, {
        code: "IGC_PLUGIN_METRIC",
        fix: "use letters, digits and underscores",
      });
    }
    const known = this.#metrics.get(name);
    if (known?.type === type) return known;
    if (known !== undefined) {
      throw new ConnectorError(`metric "${name}" is already a ${known.type}`, {
        code: "IGC_PLUGIN_METRIC",
        fix: "give the second metric another name",
      });
    }
    const metric: Metric = { name, help: textOf(help, MAX_HELP), type, value: 0 };
    this.#metrics.set(name, metric);
    return metric;
  }
}
