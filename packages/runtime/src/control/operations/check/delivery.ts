import { isTable } from "../../../shared/key-path.ts";
import type { PluginDescription } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

export interface CheckedDelivery {
  /** The guarantee in force. */
  readonly effective: string;
  /** Why it is not more, or what it does not cover. */
  readonly reasons: readonly string[];
}

/** The guarantee that a connector gives with its configuration, and why it is less than one may hope. */
export function checkDelivery(spec: TaskSpec, plugin: PluginDescription): CheckedDelivery {
  const { effectiveDelivery: effective, delivery, name } = plugin;
  const reasons: string[] = [];
  if (effective !== delivery) reasons.push(`${name} can deliver ${delivery}, but not with these settings`);
  else if (effective === "at-least-once") {
    reasons.push(`${name} delivers at least once: after a crash the last messages may come again`);
  } else if (effective === "at-most-once") {
    reasons.push(`${name} delivers at most once: what is in hand at a crash is lost`);
  }
  if (spec.onError === "skip") reasons.push('on_error = "skip": a message that fails is left out');
  for (const step of skippingSteps(spec.transforms)) {
    reasons.push(`transform ${step} has on_error = "skip": a message that fails in it is left out`);
  }
  const { maxAttempts, maxElapsed } = spec.retry;
  if (maxAttempts > 0 || maxElapsed > 0) {
    const limit = maxAttempts > 0 ? `${maxAttempts} attempts` : `${maxElapsed} ms`;
    const then = { dead_letter: "goes to the dead letters", skip: "is left out", stop: "blocks its partition" };
    reasons.push(`retry has a limit: what is refused for ${limit} ${then[spec.onError]}`);
  }
  return { effective, reasons };
}

function skippingSteps(transforms: unknown): string[] {
  if (!Array.isArray(transforms)) return [];
  return transforms.flatMap((step: unknown, index) =>
    isTable(step) && step.on_error === "skip" && step.enabled !== false
      ? [String(step.name ?? step.type ?? index)]
      : [],
  );
}
