import { write } from "node:fs";
import type { TextSink } from "./line-writer.ts";

/** Milliseconds until a full pipe is tried again. */
const RETRY_DELAY = 10;

/**
 * Writes to a file descriptor outside the main thread: `process.stdout` would block it on a pipe that nobody reads. When
 * the reader is gone the text is given up.
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
