import type { CheckResult } from "@iggy-connectors/sdk";
import { isTable } from "../../../shared/key-path.ts";
import { configuredDelivery } from "../../../shared/task/delivery.ts";
import type { PluginDescription } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";

export interface CheckedDelivery {
  /** The effective guarantee. */
  readonly effective: string;
  /** Why it is not stronger, or what it does not cover. */
  readonly reasons: readonly string[];
}

/**
 * The delivery guarantee of a connector with its configuration, or what its own check `found` in its destination, and the
 * reasons for its limits.
 */
export function checkDelivery(
  spec: TaskSpec,
  plugin: PluginDescription,
  found: CheckResult["delivery"],
): CheckedDelivery {
  const { name } = plugin;
  const { guarantee: effective, reason } = found ?? configuredDelivery(plugin);
  const reasons: string[] = [];
  if (reason !== undefined) reasons.push(reason);
  else if (effective === "at-least-once") {
    reasons.push(`${name} delivers at least once: after a crash the last messages may be delivered again`);
  } else if (effective === "at-most-once") {
    reasons.push(`${name} delivers at most once: messages that are in flight at a crash are lost`);
  }
  if (spec.onError === "skip") reasons.push('on_error = "skip": a message that fails is skipped');
  for (const step of skippingSteps(spec.transforms)) {
    reasons.push(`transform ${step} has on_error = "skip": a message that fails in it is skipped`);
  }
  const { maxAttempts, maxElapsed } = spec.retry;
  if (maxAttempts > 0 || maxElapsed > 0) {
    const limit = maxAttempts > 0 ? `${maxAttempts} attempts` : `${maxElapsed} ms`;
    const then = { dead_letter: "becomes a dead letter", skip: "is skipped", stop: "blocks its partition" };
    reasons.push(`retry has a limit: a message that fails for ${limit} ${then[spec.onError]}`);
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
