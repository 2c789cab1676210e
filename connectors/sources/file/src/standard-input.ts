import { createReadStream, fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { isatty, ReadStream } from "node:tty";
import { FatalError } from "@iggy-connectors/sdk";

const STANDARD_INPUT = 0;

/**
 * The process's standard input as a stream that a worker thread may own. Pipes and terminals are read through the event
 * loop: a read in the thread pool cannot be cancelled and would keep the process from ending.
 * @throws FatalError when it is closed.
 */
export function openStandardInput(): Readable {
  try {
    const stats = fstatSync(STANDARD_INPUT);
    if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd: STANDARD_INPUT, readable: true, writable: false });
    if (isatty(STANDARD_INPUT)) return new ReadStream(STANDARD_INPUT);
    return createReadStream("", { fd: STANDARD_INPUT, autoClose: false });
  } catch (cause) {
    throw new FatalError("standard input is closed", {
      code: "IGC_SOURCE_FILE_INPUT_CLOSED",
      place: "path",
      fix: "restart the process with a standard input, or set path to a file",
      cause,
    });
  }
}
