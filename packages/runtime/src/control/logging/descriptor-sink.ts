import { write } from "node:fs";
import type { TextSink } from "./line-writer.ts";

/** Milliseconds until writing to a full pipe is retried. */
const RETRY_DELAY = 10;

/**
 * Writes to a file descriptor without blocking the main thread, which `process.stdout` does on a pipe that is not read.
 * If the reader is gone, the text is discarded.
 */
export function descriptorSink(descriptor: number): TextSink {
  return (text, done) => {
    const bytes = Buffer.from(text);
    const writeFrom = (offset: number): void => {
      write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
        if (error?.code === "EAGAIN") setTimeout(writeFrom, RETRY_DELAY, offset);
        else if (error !== null || offset + written >= bytes.length) done();
        else writeFrom(offset + written);
      });
    };
    writeFrom(0);
  };
}
