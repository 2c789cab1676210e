/** Waits; returns early, without an error, once the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Waits for `work`, but no longer than until the signal is aborted; says whether the work ended. */
export async function endsBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  let give: (() => void) | undefined;
  const given = new Promise<boolean>((resolve) => {
    give = () => resolve(false);
    signal.addEventListener("abort", give, { once: true });
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const ended = await Promise.race([done, given]);
  if (give !== undefined) signal.removeEventListener("abort", give);
  return ended;
}
