import { FatalError } from "@iggy-connectors/sdk";
import { z } from "zod";

const count = z.int().min(0);

const identitySchema = z.object({
  device: z.string(),
  inode: z.string(),
  /** SHA-256 of the file's first `fingerprint_bytes` bytes, hexadecimal; all of them lie before the offset. */
  fingerprint: z.string(),
  fingerprint_bytes: count,
  /** When the file was created, nanoseconds; absent: not known. */
  born: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
});

const filePositionSchema = z.object({
  identity: identitySchema,
  /** First byte not yet delivered. */
  offset: count,
  /** Lines before that byte. */
  line: count,
  /** Pieces of the line at `offset` already delivered, or 1 inside of a line that is skipped; 0 = at a line's start. */
  piece: count,
  /** How often reading began at a file's start again; keeps the ids of a rewritten file apart. */
  generation: count,
  /** Size of the file when it was read up to `offset`. */
  size: count.optional(),
});

const inputPositionSchema = z.object({
  /** The standard input of one process: it cannot be read again by another. */
  run: z.string(),
  offset: count,
  line: count,
  piece: count,
});

export type FileIdentity = z.infer<typeof identitySchema>;
/** Checkpoint of a file. */
export type FilePosition = z.infer<typeof filePositionSchema>;
/** Checkpoint of the standard input. */
export type InputPosition = z.infer<typeof inputPositionSchema>;
export type FileSourceState = FilePosition | InputPosition;

/** `undefined` for a checkpoint of the standard input: the path was changed. @throws FatalError for anything else. */
export function asFilePosition(checkpoint: unknown): FilePosition | undefined {
  const parsed = filePositionSchema.safeParse(checkpoint);
  if (parsed.success) return parsed.data;
  if (checkpoint === undefined || inputPositionSchema.safeParse(checkpoint).success) return undefined;
  throw notACheckpoint(parsed.error);
}

/** `undefined` for a checkpoint of a file: the path was changed. @throws FatalError for anything else. */
export function asInputPosition(checkpoint: unknown): InputPosition | undefined {
  const parsed = inputPositionSchema.safeParse(checkpoint);
  if (parsed.success) return parsed.data;
  if (checkpoint === undefined || filePositionSchema.safeParse(checkpoint).success) return undefined;
  throw notACheckpoint(parsed.error);
}

function notACheckpoint(error: z.ZodError): FatalError {
  const [issue] = error.issues;
  return new FatalError(`the stored checkpoint is not a checkpoint of the file source: ${issue?.message}`, {
    code: "IGC_STATE_CHECKPOINT_INVALID",
    place: issue?.path.join(".") ?? "",
    fix: "set a checkpoint of this source, or delete it to begin as start_at says",
  });
}
