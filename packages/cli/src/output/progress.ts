const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Milliseconds: what ends sooner shows nothing. */
const INTERVAL = 150;

/** Shows on a terminal that something takes its time, and for how long already. Programs and pipes see nothing of it. */
export async function withProgress<Result>(
  text: string,
  { json = false, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
  work: Promise<Result>,
): Promise<Result> {
  if (json || quiet || !process.stderr.isTTY) return work;
  const began = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    process.stderr.write(`\r\u001b[K${FRAMES[frame++ % FRAMES.length]} ${text}${seconds < 2 ? "" : ` (${seconds} s)`}`);
  }, INTERVAL);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (frame > 0) process.stderr.write("\r\u001b[K");
  }
}
