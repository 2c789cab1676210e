import type { HeaderEntry } from "@iggy-connectors/protocol";
import { type ProducedMessage, stringifyJson } from "@iggy-connectors/sdk";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import type { DeadLetterContent } from "../failures/failure-policy.ts";
import { headerEntries } from "./produced-headers.ts";

/** What is kept of a produced message that could not be sent to a stream. */
export function producedDeadLetter(message: ProducedMessage, { stream, topic }: SourceStreamSpec): DeadLetterContent {
  const { id, timestamp, payload } = message;
  return { stream, topic, id, timestamp, payload: payloadBytes(payload), headers: headersOf(message) };
}

/** A record that was never encoded is kept as its JSON, or as text where it has none. */
function payloadBytes(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  let text: string | undefined;
  try {
    text = stringifyJson(payload);
  } catch {
    text = undefined;
  }
  return Buffer.from(text ?? String(payload), "utf8");
}

function headersOf({ headers }: ProducedMessage): readonly HeaderEntry[] | undefined {
  if (headers === undefined) return [];
  try {
    return headerEntries(headers);
  } catch {
    return undefined;
  }
}
