import type { CheckFinding } from "./context.ts";
import { ConnectorError } from "./errors.ts";

/** The finding that an error makes in `check`, with its fix. @throws what is not a ConnectorError, since that is a bug. */
export function findingOf(error: unknown, level: CheckFinding["level"] = "error"): CheckFinding {
  if (!(error instanceof ConnectorError)) throw error;
  const { message, fix } = error;
  return { level, message, ...(fix === undefined ? {} : { fix }) };
}
