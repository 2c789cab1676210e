import type { TransformMessage } from "../definition/transform.ts";
import { plainHeader } from "../values/headers.ts";

/** The variables of expressions besides `payload`. */
export const VARIABLES: Readonly<Record<string, (message: TransformMessage) => unknown>> = {
  headers: ({ headers }) => Object.fromEntries([...headers].map(([name, value]) => [name, plainHeader(value)])),
  kind: ({ kind }) => kind,
  stream: ({ stream }) => stream,
  topic: ({ topic }) => topic,
  partition: ({ partition }) => partition,
  offset: ({ offset }) => offset,
  timestamp: ({ timestamp }) => timestamp,
  origin_timestamp: ({ originTimestamp }) => originTimestamp,
  id: ({ id }) => id,
  key: ({ key }) => key,
};
