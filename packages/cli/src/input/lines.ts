import { createReadStream } from "node:fs";
import { addAbortSignal, type Readable } from "node:stream";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** A line without its line break. */
export interface Line {
  /** The first is 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a line. More cannot be the payload of a message. */
const LONGEST = 64_000_000;

/**
 * The lines of a file, or of standard input for `-`, as many at a time as have arrived; blank ones are left out. Ends early, without
 * an error, once the signal is aborted. Throws `CliError` where the file cannot be read or a line is too long. `place`: the option.
 */
export async function* readLines(file: string, place: string, signal?: AbortSignal): AsyncGenerator<Line[]> {
  const input: Readable = file === "-" ? process.stdin : createReadStream(file);
  if (signal !== undefined) addAbortSignal(signal, input);
  let number = 0;
  let rest: Buffer[] = [];
  let length = 0;
  const end = (last: Buffer): Line => {
    const whole = rest.length === 0 ? last : Buffer.concat([...rest, last]);
    rest = [];
    length = 0;
    number += 1;
    return { number, bytes: whole.at(-1) === CR ? whole.subarray(0, -1) : whole };
  };
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        lines.push(end(chunk.subarray(from, at)));
        from = at + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > LONGEST) throw tooLong(number + 1, place);
      const filled = lines.filter(({ bytes }) => bytes.length > 0);
      if (filled.length > 0) yield filled;
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (signal?.aborted === true) return;
    throw new CliError(`cannot read ${file}: ${(error as Error).message}`, { exitCode: EXIT.failed, place });
  }
  const last = end(Buffer.alloc(0));
  if (last.bytes.length > 0) yield [last];
}

function tooLong(line: number, place: string): CliError {
  return new CliError(`line ${line} has more than ${LONGEST} bytes, the most that a message can have`, {
    exitCode: EXIT.failed,
    place,
  });
}
