import type { Family, Labels, MetricsWriter, MetricType } from "./metrics-writer.ts";

/** Writes OpenMetrics text: one family after the other, `# EOF` at the end. */
export class MetricsText implements MetricsWriter {
  #text = "";

  /** Starts a family. The name of a counter is given without `_total`, which is added to its samples. */
  family(name: string, type: MetricType, help: string): Family {
    const text = help.endsWith(".") ? help : `${help}.`;
    this.#text += `# HELP ${name} ${escapeHelp(text)}\n# TYPE ${name} ${type}\n`;
    const write = (suffix: string, labels: string, value: number): void => {
      this.#text += `${name}${suffix}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}\n`;
    };
    return {
      sample: (labels, value) => write(type === "counter" ? "_total" : "", labelText(labels), value),
      histogram(labels, bounds, { buckets, sum, count }) {
        // Once for all buckets: a large runtime has some ten thousand of them.
        const text = labelText(labels);
        const before = text === "" ? "" : `${text},`;
        write("_sum", text, sum);
        write("_count", text, count);
        let cumulative = 0;
        bounds.forEach((bound, index) => {
          cumulative += buckets[index] ?? 0;
          write("_bucket", `${before}le="${boundText(bound)}"`, cumulative);
        });
        write("_bucket", `${before}le="+Inf"`, count);
      },
    };
  }

  finish(): string {
    return `${this.#text}# EOF\n`;
  }
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(",");
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

/** Bounds are written as floating point numbers, even if they are whole. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
