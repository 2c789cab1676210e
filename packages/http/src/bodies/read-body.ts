import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { errorCode, RetryableError } from "@iggy-connectors/sdk";

interface Limit {
  readonly maxOutputLength: number;
}
type Decoder = (bytes: Uint8Array, limit: Limit) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["gzip", promisify<Uint8Array, Limit, Buffer>(gunzip)],
  ["x-gzip", promisify<Uint8Array, Limit, Buffer>(gunzip)],
  ["deflate", promisify<Uint8Array, Limit, Buffer>(inflate)],
  ["br", promisify<Uint8Array, Limit, Buffer>(brotliDecompress)],
  ["zstd", promisify<Uint8Array, Limit, Buffer>(zstdDecompress)],
]);

/** The encodings in which responses are accepted. */
export const ACCEPTED_ENCODINGS = "gzip, zstd, br";

/** All bytes of a stream. Leaving the loop destroys it and its socket, so that the excess is never received. */
export async function readLimited(
  stream: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
}

/** Undoes `Content-Encoding`, never into more than `limit` bytes: a small body may hold gigabytes of zeros. */
export async function decodeContent(
  bytes: Buffer,
  encoding: string | string[] | undefined,
  limit: number,
  failure: ContentFailure,
): Promise<Buffer> {
  const names = String(encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  let content = bytes;
  for (const name of names.reverse()) {
    const decoder = DECODERS.get(name);
    if (decoder === undefined) throw failure.invalid(`content encoding "${name}" is not known`);
    if (content.length === 0) continue;
    try {
      content = await decoder(content, { maxOutputLength: limit });
    } catch (error) {
      if (errorCode(error) === "ERR_BUFFER_TOO_LARGE") throw failure.tooLarge();
      throw failure.invalid(`its ${name} content is damaged`);
    }
  }
  return content;
}

/** The errors that a reader of bodies throws. */
export interface ContentFailure {
  tooLarge(): Error;
  invalid(reason: string): Error;
}

export function replyFailure(call: string, limit: number): ContentFailure {
  const fix = "check that the URL is that of the intended service";
  return {
    tooLarge: () =>
      new RetryableError(`${call} answered with more than ${limit} bytes`, {
        code: "IGC_HTTP_RESPONSE_TOO_LARGE",
        fix,
      }),
    invalid: (reason) =>
      new RetryableError(`${call} gave a response that cannot be read: ${reason}`, {
        code: "IGC_HTTP_RESPONSE_INVALID",
        fix,
      }),
  };
}
