let closed = false;

/** Whether nobody reads the output any more, as after `| head -1`. A command that only prints may end. */
export function outputClosed(): boolean {
  return closed;
}

/**
 * Discards output that nobody reads. The command continues and ends with its own exit code: what it was asked to do is done
 * whether its report is read or not.
 */
export function discardUnreadOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === process.stdout) closed = true;
    });
  }
}
