import type { IggyClient } from "@iggy-connectors/client";
import type { OutgoingMessage, Partitioning } from "@iggy-connectors/protocol";
import { encodeHeaders } from "@iggy-connectors/protocol/headers";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import { isMissing } from "../../../shared/iggy/find-topic.ts";
import type { FailedReplay, Redelivery } from "./dead-letters.ts";

/**
 * Appends dead letters to the topics they came from, as the original messages: payload, headers, id and time. Every consumer
 * of the topic receives them again; a message keeps its id, so that a duplicate can be recognised.
 */
export function toOrigin(client: () => Promise<IggyClient>): Redelivery {
  return async (letters) => {
    const failed: FailedReplay[] = [];
    for (const run of runsOfOneOrigin(letters)) {
      const { stream, topic, partition } = run[0]!;
      const partitioning: Partitioning =
        partition === undefined ? { kind: "balanced" } : { kind: "partition", partition };
      try {
        await (await client()).sendMessages({ stream, topic, partitioning, messages: run.map(messageOf) });
      } catch (error) {
        if (!isMissing(error)) throw error;
        failed.push(...run.map(({ id }) => ({ id, error })));
      }
    }
    return failed;
  };
}

/** Adjacent letters of the same partition are sent together. */
function runsOfOneOrigin(letters: readonly DeadLetterRecord[]): DeadLetterRecord[][] {
  const runs: DeadLetterRecord[][] = [];
  for (const letter of letters) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const same =
      last !== undefined &&
      last.stream === letter.stream &&
      last.topic === letter.topic &&
      last.partition === letter.partition;
    if (same) run?.push(letter);
    else runs.push([letter]);
  }
  return runs;
}

function messageOf({ payload, headers, messageId, timestamp }: DeadLetterRecord): OutgoingMessage {
  return {
    payload,
    headersBytes: encodeHeaders(headers),
    ...(messageId === undefined ? {} : { id: messageId }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}
