import { printableLine } from "@iggy-connectors/runtime/printable";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Milliseconds. Nothing is shown for work that ends sooner. */
const INTERVAL = 150;

/**
 * Shows on a terminal that work is in progress, and for how long. `text`: what is done; a function says how far it is. Nothing is
 * written for programs and pipes.
 */
export async function withProgress<Result>(
  text: string | (() => string),
  { json = false, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
  work: Promise<Result>,
): Promise<Result> {
  const shown = (): string => printableLine(typeof text === "string" ? text : text());
  if (json || quiet || !process.stderr.isTTY) return work;
  const began = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    process.stderr.write(
      `\r\u001b[K${FRAMES[frame++ % FRAMES.length]} ${shown()}${seconds < 2 ? "" : ` (${seconds} s)`}`,
    );
  }, INTERVAL);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (frame > 0) process.stderr.write("\r\u001b[K");
  }
}
