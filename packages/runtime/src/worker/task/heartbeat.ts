import { getHeapStatistics } from "node:v8";
import { ConnectorError } from "@iggy-connectors/sdk";
import type { CallMarks } from "../../shared/workers/call-marks.ts";
import { systemThread } from "../../shared/workers/processor-wait.ts";

/** Milliseconds. */
const INTERVAL = 500;
/** Beats in a row with too much memory after which the worker is ended: what is about to be collected counts, too. */
const ALLOWED_BEATS = 4;
const MEBIBYTE = 1024 * 1024;

/**
 * Marks that this thread's event loop turns, and watches the memory of its buffers, which no limit of V8 counts. `onExceeded` is
 * to end the worker. `bufferLimit`: bytes; 0 = not watched.
 */
export function startHeartbeat(
  marks: Pick<CallMarks, "runsIn" | "beat">,
  bufferLimit: number,
  onExceeded: (error: ConnectorError) => void,
): void {
  let exceeded = 0;
  const beat = (): void => {
    marks.beat();
    if (bufferLimit === 0) return;
    const held = bufferBytes();
    exceeded = held > bufferLimit ? exceeded + 1 : 0;
    if (exceeded >= ALLOWED_BEATS) onExceeded(tooMuch(held, bufferLimit));
  };
  marks.runsIn(systemThread());
  beat();
  setInterval(beat, INTERVAL).unref();
}

/** Bytes of this thread outside its heap, such as buffers. Reads no file, so that it works where descriptors are used up. */
function bufferBytes(): number {
  return getHeapStatistics().external_memory;
}

function tooMuch(held: number, limit: number): ConnectorError {
  const text = (bytes: number): string => `${Math.round(bytes / MEBIBYTE)} MiB`;
  return new ConnectorError(
    `the worker holds ${text(held)} of buffers, more than the ${text(limit)} of memory_limit and buffer_bytes`,
    {
      code: "IGC_PLUGIN_OUT_OF_MEMORY",
      fix: "raise memory_limit, or lower batch_length, buffer_bytes or what the plugin keeps",
    },
  );
}
