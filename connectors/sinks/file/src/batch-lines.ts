import { FatalError, type MessageBatch, RejectedError, type RejectedMessage } from "@iggy-connectors/sdk";
import type { FileSinkConfig } from "./config.ts";

const LINE_FEED = 10;

export interface BatchLines {
  readonly lines: Uint8Array;
  /** First and last offset in `lines`; meaningless where it is empty. */
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly rejected: readonly RejectedMessage[];
}

/** One line per message. @throws FatalError when the stream's schema cannot be written in this format. */
export function batchLines(batch: MessageBatch, format: FileSinkConfig["format"]): BatchLines {
  if (format === "json_lines" && batch.schema !== "json") {
    throw new FatalError(
      `format "json_lines" requires a stream with schema "json", but ${batch.stream}/${batch.topic} has "${batch.schema}"`,
      {
        code: "IGC_SINK_FILE_FORMAT",
        place: "format",
        fix: 'set format = "raw", or the stream\'s schema = "json"',
      },
    );
  }
  if (batch.length === 0) return { lines: new Uint8Array(0), firstOffset: 0n, lastOffset: 0n, rejected: [] };
  const { firstOffset, lastOffset } = batch;
  try {
    return { lines: batch.toLines(), firstOffset, lastOffset, rejected: [] };
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return withoutLineBreaks(batch);
  }
}

/** Invariant 6: one message with a line break never fails the others. */
function withoutLineBreaks(batch: MessageBatch): BatchLines {
  const runs: MessageBatch[] = [];
  const rejected: RejectedMessage[] = [];
  let start = 0;
  const endRun = (end: number) => {
    if (end > start) runs.push(batch.slice(start, end));
    start = end + 1;
  };
  for (let index = 0; index < batch.length; index++) {
    if (!batch.payload(index).includes(LINE_FEED)) continue;
    endRun(index);
    const offset = batch.offset(index);
    rejected.push({
      offset,
      error: new RejectedError(
        `the payload at offset ${offset} contains a line feed and would look like several messages`,
        {
          code: "IGC_SINK_LINE_BREAK",
          place: `offset ${offset}`,
          fix: 'use a stream with schema "json", where line feeds become spaces',
        },
      ),
    });
  }
  endRun(batch.length);
  return {
    lines: Buffer.concat(runs.map((run) => run.toLines())),
    firstOffset: runs[0]?.firstOffset ?? batch.firstOffset,
    lastOffset: runs.at(-1)?.lastOffset ?? batch.lastOffset,
    rejected,
  };
}
