export interface RepeatOptions {
  /** Aborted: no further attempt. */
  readonly signal: AbortSignal;
  /** Resolves when the next attempt is due. @throws when no attempt can succeed. */
  onFailure(error: unknown, attempts: number): Promise<void>;
}

/** Repeats `work` until it succeeds; undefined: the signal was aborted first. @throws what `onFailure` throws. */
export async function repeat<Result>(
  work: () => Promise<Result>,
  { signal, onFailure }: RepeatOptions,
): Promise<Result | undefined> {
  for (let attempts = 1; !signal.aborted; attempts++) {
    try {
      return await work();
    } catch (error) {
      await onFailure(error, attempts);
    }
  }
  return undefined;
}
