import { compileStatusPolicy, excerpt, type HttpResponse, type StatusPolicy } from "@iggy-connectors/http";
import {
  FatalError,
  type JsonValue,
  type Path,
  parsePath,
  RejectedError,
  RetryableError,
  valueAt,
} from "@iggy-connectors/sdk";
import type { HttpSinkConfig } from "../config.ts";
import type { Part } from "../requests/part.ts";

/** A message that failed although the request succeeded. */
interface FailedItem {
  /** Position in the request. */
  readonly position: number;
  readonly error: RejectedError | RetryableError;
}

/** Reads from a response which messages of the request failed. `worked`: a response could be read before. */
export type ReadFailures = (part: Part, reply: HttpResponse, worked: boolean) => FailedItem[];

export function createFailureReader(config: HttpSinkConfig, statuses: StatusPolicy): ReadFailures | undefined {
  const { partial_failures: keys } = config;
  if (keys === undefined) return undefined;
  const optional = (text: string | undefined): Path | undefined => (text === undefined ? undefined : parsePath(text));
  const items = parsePath(keys.items);
  const index = optional(keys.index);
  const status = optional(keys.status);
  const reason = optional(keys.error);
  const { success: _, ...meanings } = statuses;
  const meaningOf = compileStatusPolicy(meanings);

  return (part, reply, worked) => {
    const count = part.indexes.length;
    // A success that says nothing, such as 204, names no failure.
    if (reply.body.length === 0) return [];
    const list = valueAt(jsonOf(reply, worked), items);
    if (!Array.isArray(list)) {
      // Without an index every message must have its item; with one, no list means no failure.
      if (index !== undefined && (list === undefined || list === null)) return [];
      throw unreadable(`has no list at "${keys.items}"`);
    }
    if (index === undefined && list.length !== count) {
      throw unreadable(`reports ${list.length} messages, ${count} were sent`);
    }
    const failed: FailedItem[] = [];
    for (const [at, item] of list.entries()) {
      const position = index === undefined ? at : valueAt(item, index);
      if (typeof position !== "number" || !Number.isInteger(position) || position < 0 || position >= count) {
        throw unreadable("reports a message that was not sent");
      }
      const code = status === undefined ? undefined : Number(valueAt(item, status));
      const why = reason === undefined ? undefined : valueAt(item, reason);
      const meaning = code === undefined || Number.isNaN(code) ? undefined : meaningOf(code);
      const said = why !== undefined && why !== null && why !== false && why !== "";
      // The status decides; the reason does where an item has no status.
      if (meaning === undefined ? !said : meaning === "success") continue;
      failed.push({ position, error: failureOf(meaning, code, said ? why : undefined) });
    }
    return failed;
  };
}

function failureOf(
  meaning: string | undefined,
  code: number | undefined,
  why: unknown,
): RejectedError | RetryableError {
  const reason = why === undefined ? "" : `: ${shown(why)}`;
  const status = code === undefined || Number.isNaN(code) ? "" : ` with status ${code}`;
  const message = `the destination rejected the message${status}${reason}`;
  return meaning === "retry"
    ? new RetryableError(message, { code: "IGC_SINK_HTTP_ITEM_BUSY" })
    : new RejectedError(message, { code: "IGC_SINK_HTTP_ITEM" });
}

function shown(why: unknown): string {
  return excerpt(typeof why === "string" ? why : JSON.stringify(why));
}

/** Something in between may answer for the destination now and then; a destination that never answered as described does not. */
function jsonOf(reply: HttpResponse, worked: boolean): JsonValue {
  try {
    return reply.json() as JsonValue;
  } catch (error) {
    if (worked) throw error;
    throw unreadable("is not JSON");
  }
}

/** The messages were taken, as far as is known: they are not sent again before somebody has looked. */
function unreadable(what: string): FatalError {
  return new FatalError(`the response ${what}: it is not known which messages were accepted`, {
    code: "IGC_SINK_HTTP_REPLY",
    place: "partial_failures",
    fix: "make partial_failures match the responses of the destination",
  });
}
