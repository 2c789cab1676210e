/**
 * Takes pieces of work from `next`, `undefined` being the end, and runs up to `limit` of them at once. After the first
 * failure nothing new is begun; it is thrown when everything that runs has ended.
 */
export async function runConcurrently(limit: number, next: () => (() => Promise<void>) | undefined): Promise<void> {
  const failures: unknown[] = [];
  const runner = async (): Promise<void> => {
    while (failures.length === 0) {
      const work = next();
      if (work === undefined) return;
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, runner));
  if (failures.length > 0) throw failures[0];
}
