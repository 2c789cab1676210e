import type { IggyClient } from "@iggy-connectors/client";
import type { OutgoingMessage, Partitioning } from "@iggy-connectors/protocol";
import { encodeHeaders } from "@iggy-connectors/protocol/headers";
import { ConnectorError } from "@iggy-connectors/sdk";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import { isMissing } from "../../../shared/iggy/find-topic.ts";
import type { FailedReplay, Redelivery } from "./dead-letters.ts";

/**
 * Appends dead letters to the topics they came from, as the original messages: payload, headers, id and the time of their producer. Every consumer
 * of the topic receives them again; a message keeps its id, so that a duplicate can be recognised.
 */
export function toOrigin(client: () => Promise<IggyClient>): Redelivery {
  return async (letters) => {
    const failed: FailedReplay[] = [];
    for (const letter of letters)
      if (letter.droppedHeaders > 0) failed.push({ id: letter.id, error: lacksHeaders(letter) });
    for (const run of runsOfOneOrigin(letters.filter(({ droppedHeaders }) => droppedHeaders === 0))) {
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

/** Sent without them it would be another message. */
function lacksHeaders({ droppedHeaders }: DeadLetterRecord): ConnectorError {
  const headers = droppedHeaders === 1 ? "header" : "headers";
  return new ConnectorError(`the dead letter lacks ${droppedHeaders} ${headers} of its message`, {
    code: "IGC_STATE_LETTER_HEADERS",
    fix: "replay it to the connector, where headers do not matter, or send the message again from where it was made",
  });
}

function messageOf({ payload, headers, messageId, timestamp, originTimestamp }: DeadLetterRecord): OutgoingMessage {
  const time = originTimestamp ?? timestamp;
  return {
    payload,
    headersBytes: encodeHeaders(headers),
    ...(messageId === undefined ? {} : { id: messageId }),
    ...(time === undefined ? {} : { timestamp: time }),
  };
}
