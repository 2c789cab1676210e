import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, FatalError, jsonOrUndefined, type PartitionRef } from "@iggy-connectors/sdk";
import { z } from "zod";
import { replaceFile } from "./durable.ts";
import { fileError, guarded } from "./errors.ts";

const RECORD_FILE = ".offsets.json";
const DATA_FILE = /^\d{20}(?:-\d+)?\.(?:ndjson|txt)$/;
/** The largest offset, 2⁶⁴ − 1, has 20 digits, so that names sort as offsets do. */
const OFFSET_DIGITS = 20;

const recordSchema = z.object({
  version: z.literal(1),
  connector: z.string(),
  stream: z.string(),
  topic: z.string(),
  partition: z.int().min(0),
  /** The file that is being written; null: the next message starts one. */
  file: z.string().regex(DATA_FILE).nullable(),
  /** How many of its bytes are durable and belong to offsets up to `last_offset`; those behind were never acknowledged. */
  bytes: z.int().min(0),
  /** When that file was started, milliseconds since the Unix epoch. */
  opened_at: z.int().min(0),
  /** Offset of the last message that is durably in a file of this folder; a decimal number, since JSON has no 64 bits. */
  last_offset: z
    .string()
    .regex(/^\d{1,20}$/)
    .nullable(),
  /** Broker time of that message, microseconds since the Unix epoch; absent: it is not known. */
  last_time: z.number().int().optional(),
  /** Names the log in which the offset counts; absent: recorded by a version that did not know it, or the server tells none. */
  history: z.string().max(64).optional(),
});

export type OffsetRecord = z.infer<typeof recordSchema>;

export function emptyRecord(connector: string, ref: PartitionRef): OffsetRecord {
  const { stream, topic, partition, history } = ref;
  return {
    version: 1,
    connector,
    stream,
    topic,
    partition,
    file: null,
    bytes: 0,
    opened_at: 0,
    last_offset: null,
    ...(history === undefined ? {} : { history }),
  };
}

export function dataFileName(firstOffset: bigint, extension: string, copy: number): string {
  const digits = String(firstOffset).padStart(OFFSET_DIGITS, "0");
  return copy === 0 ? `${digits}${extension}` : `${digits}-${copy}${extension}`;
}

/**
 * The offset and length that are recorded in a partition's folder; `undefined` when nothing was ever written to it.
 * @throws FatalError when the record is missing or damaged beside data, or belongs to another connector or partition.
 */
export async function readRecord(
  folder: string,
  connector: string,
  ref: PartitionRef,
): Promise<OffsetRecord | undefined> {
  const path = join(folder, RECORD_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw fileError(error, path);
    await refuseUnrecordedFiles(folder);
    return undefined;
  }
  const record = recordSchema.safeParse(jsonOrUndefined(text));
  if (!record.success) {
    throw new FatalError(`${path} is damaged`, {
      code: "IGC_SINK_FILE_LEDGER",
      place: path,
      fix: "restore it, or move the folder away: messages are then written again from the offset stored in Iggy",
    });
  }
  const { connector: owner, stream, topic, partition } = record.data;
  if (owner !== connector || stream !== ref.stream || topic !== ref.topic || partition !== ref.partition) {
    throw new FatalError(
      `${folder} belongs to connector ${owner}, ${stream}/${topic}, partition ${partition}; two writers would damage its files`,
      {
        code: "IGC_SINK_FILE_FOLDER_SHARED",
        place: "path",
        fix: "give each connector its own path, with {stream} and {topic} in it where it reads several",
      },
    );
  }
  return record.data;
}

/** Compares two records as they are in their files; undefined: there is none. */
export function isSameRecord(left: OffsetRecord | undefined, right: OffsetRecord | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return JSON.stringify(recordSchema.parse(left)) === JSON.stringify(recordSchema.parse(right));
}

export async function writeRecord(folder: string, record: OffsetRecord): Promise<void> {
  const path = join(folder, RECORD_FILE);
  await guarded(path, replaceFile(path, `${JSON.stringify(record)}\n`));
}

/** A data file is created only after the record names it: files without a record mean that the record was removed. */
async function refuseUnrecordedFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, folder);
  });
  if (!names.some((name) => DATA_FILE.test(name))) return;
  throw new FatalError(
    `${folder} contains data files but no ${RECORD_FILE}, so it is not known how much of them is complete`,
    {
      code: "IGC_SINK_FILE_LEDGER",
      place: folder,
      fix: `restore ${RECORD_FILE}, or move the folder away: messages are then written again from the offset stored in Iggy`,
    },
  );
}
