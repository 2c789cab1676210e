import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, FatalError, jsonOrUndefined, type PartitionRef } from "@iggy-connectors/sdk";
import { z } from "zod";
import { replaceFile } from "./durable.ts";
import { fileError, guarded } from "./errors.ts";

const LEDGER = ".offsets.json";
const DATA_FILE = /^\d{20}(?:-\d+)?\.(?:ndjson|txt)$/;
/** The largest offset, 2⁶⁴ − 1, has 20 digits, so that names sort as offsets do. */
const OFFSET_DIGITS = 20;

const ledgerSchema = z.object({
  version: z.literal(1),
  connector: z.string(),
  stream: z.string(),
  topic: z.string(),
  partition: z.int().min(0),
  /** The file that is being written; null: the next message begins one. */
  file: z.string().regex(DATA_FILE).nullable(),
  /** How much of it is durable and belongs to offsets up to `last_offset`; what lies behind was never acknowledged. */
  bytes: z.int().min(0),
  /** When that file was begun, milliseconds since the Unix epoch. */
  opened_at: z.int().min(0),
  /** Offset of the last message that is durably in a file of this folder; a decimal number, since JSON has no 64 bits. */
  last_offset: z
    .string()
    .regex(/^\d{1,20}$/)
    .nullable(),
});

export type Ledger = z.infer<typeof ledgerSchema>;

export function emptyLedger(connector: string, ref: PartitionRef): Ledger {
  const { stream, topic, partition } = ref;
  return { version: 1, connector, stream, topic, partition, file: null, bytes: 0, opened_at: 0, last_offset: null };
}

export function dataFileName(firstOffset: bigint, extension: string, copy: number): string {
  const digits = String(firstOffset).padStart(OFFSET_DIGITS, "0");
  return copy === 0 ? `${digits}${extension}` : `${digits}-${copy}${extension}`;
}

/**
 * What a partition's folder durably holds; `undefined` when nothing was ever written to it.
 * @throws FatalError when the ledger is missing or damaged beside data, or belongs to something else.
 */
export async function readLedger(folder: string, connector: string, ref: PartitionRef): Promise<Ledger | undefined> {
  const path = join(folder, LEDGER);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw fileError(error, path);
    await refuseUnrecordedFiles(folder);
    return undefined;
  }
  const ledger = ledgerSchema.safeParse(jsonOrUndefined(text));
  if (!ledger.success) {
    throw new FatalError(`${path} is damaged`, {
      code: "IGC_SINK_FILE_LEDGER",
      place: path,
      fix: "restore it, or move the folder away: messages are then written again from the offset stored in Iggy",
    });
  }
  const { connector: owner, stream, topic, partition } = ledger.data;
  if (owner !== connector || stream !== ref.stream || topic !== ref.topic || partition !== ref.partition) {
    throw new FatalError(
      `${folder} belongs to connector ${owner}, ${stream}/${topic}, partition ${partition}; two writers would damage it`,
      {
        code: "IGC_SINK_FILE_FOLDER_SHARED",
        place: "path",
        fix: "give each connector its own path, with {stream} and {topic} in it where it reads several",
      },
    );
  }
  return ledger.data;
}

export async function writeLedger(folder: string, ledger: Ledger): Promise<void> {
  const path = join(folder, LEDGER);
  await guarded(path, replaceFile(path, `${JSON.stringify(ledger)}\n`));
}

/** A data file is made only after the ledger names it: files without a ledger mean that the ledger was removed. */
async function refuseUnrecordedFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, folder);
  });
  if (!names.some((name) => DATA_FILE.test(name))) return;
  throw new FatalError(`${folder} holds data but no ${LEDGER}: how much of it is complete is not known`, {
    code: "IGC_SINK_FILE_LEDGER",
    place: folder,
    fix: `restore ${LEDGER}, or move the folder away: messages are then written again from the offset stored in Iggy`,
  });
}
