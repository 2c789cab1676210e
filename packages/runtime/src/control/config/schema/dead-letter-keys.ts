import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";

const keys = {
  stream: z.string().describe("stream of the dead-letter topics"),
  topic: z.string().describe("topic; {type} and {key} are replaced by the connector's"),
  create: z.boolean().describe("create the stream and the topic when they are first needed"),
  retention: duration().describe("how long a dead letter is kept"),
  max_size: byteSize().describe("maximum size of the topic; 0 = unlimited"),
  max_payload: byteSize().describe("longer payloads are truncated; 0 = unlimited"),
};

/** Where dead letters are written: for all connectors. */
export const deadLetterShape = {
  stream: keys.stream.default("iggy_connectors"),
  topic: keys.topic.default("dead_letter_{type}_{key}"),
  create: keys.create.default(true),
  retention: keys.retention.prefault("30d"),
  max_size: keys.max_size.prefault("1GiB"),
  max_payload: keys.max_payload.prefault(0),
};

/** The same keys for one connector, which override those. */
export const deadLetterOverrides = z.object(keys).partial();
