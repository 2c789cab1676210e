import { ConnectorError } from "@iggy-connectors/sdk";
import { classifyError } from "@iggy-connectors/sdk/internal";
import { cutText } from "./cut-text.ts";
import { sourcePlace } from "./source-place.ts";
import type { TaskError } from "./task/task-status.ts";

/** Characters of a code, which a plugin chooses. */
const MAX_CODE = 100;

/** The shape of the client's errors, by structure, so that a fake connection can raise them too. */
interface IggyFailure extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly retryable: boolean;
}

export function isIggyFailure(error: unknown): error is IggyFailure {
  return error instanceof Error && "codeName" in error && "code" in error && typeof error.code === "number";
}

/** An error as status and logs show it: a code, a place, what to do, and no stack. */
export function toTaskError(error: unknown, now: number = Date.now()): TaskError {
  const { code, message } = describeError(error);
  const { place = bugPlace(error), fix } = error instanceof ConnectorError ? error : {};
  return {
    code,
    message,
    ...(place === undefined ? {} : { place: cutText(place) }),
    ...(fix === undefined ? {} : { fix: cutText(fix) }),
    timestamp: now * 1000,
  };
}

/**
 * Code and message of anything that was thrown. A message that is very long, such as a whole answer, is cut. Where the code of a plugin
 * or script threw something unexpected, the message names its file and line.
 */
export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (isIggyFailure(error)) return { code: iggyCode(error.codeName), message: cutText(error.message) };
  const { code, message } = classifyError(error);
  const place = bugPlace(error);
  const cut = cutText(message);
  return { code: cutText(code, MAX_CODE), message: place === undefined ? cut : `${cut} (at ${place})` };
}

/** Where an error that is none of the SDK's came from in a plugin or script. */
function bugPlace(error: unknown): string | undefined {
  return error instanceof ConnectorError || isIggyFailure(error) ? undefined : sourcePlace(error);
}

/** `TopicNameNotFound` → `IGC_IGGY_TOPIC_NAME_NOT_FOUND`. */
export function iggyCode(name: string): string {
  return `IGC_IGGY_${name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/\W+/g, "_")
    .toUpperCase()}`;
}
