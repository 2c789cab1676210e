import { write as writeCallback } from "node:fs";
import { promisify } from "node:util";
import { errorCode, FatalError, pause, RetryableError, Sequence } from "@iggy-connectors/sdk";

const write = promisify(writeCallback);

const LINE_FEED = 10;
const FIRST_WAIT = 1;
const LONGEST_WAIT = 50;

/**
 * Writes whole lines to a file descriptor and returns when all of them are written. In a worker thread `process.stdout`
 * only hands data to the main thread without waiting, so the descriptor is written directly.
 */
export class LineOutput {
  readonly #descriptor: number;
  readonly #writes = new Sequence();
  #insideLine = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Calls are carried out one after the other, so that lines do not mix. */
  write(lines: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#writes.run(() => this.#write(lines, signal));
  }

  async #write(lines: Uint8Array, signal: AbortSignal): Promise<void> {
    if (lines.length === 0) return;
    // A line that was torn by an error is ended, so that the repeated one stands alone.
    if (this.#insideLine) await this.#writeAll(Uint8Array.of(LINE_FEED), signal);
    await this.#writeAll(lines, signal);
  }

  async #writeAll(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT;
    for (let done = 0; done < bytes.length; ) {
      signal.throwIfAborted();
      try {
        const { bytesWritten } = await write(this.#descriptor, bytes, done, bytes.length - done);
        done += bytesWritten;
        this.#insideLine = bytes[done - 1] !== LINE_FEED;
        wait = FIRST_WAIT;
      } catch (error) {
        if (errorCode(error) !== "EAGAIN") throw outputError(error);
        // The reader of a non-blocking pipe is slower than we are: this is the back-pressure.
        await pause(wait, signal);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }
}

function outputError(cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EPIPE" || code === "EBADF") {
    return new FatalError("standard output is closed", {
      code: "IGC_SINK_STDOUT_CLOSED",
      place: "format",
      fix: "restart the process with a reader, or write to files with the file sink",
      cause,
    });
  }
  return new RetryableError(`cannot write to standard output: ${message}`, {
    code: "IGC_SINK_STDOUT_IO",
    fix: "check where standard output goes, for example to a full disk",
    cause,
  });
}
