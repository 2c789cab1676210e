/**
 * Mebibytes. Must be set: V8 gives a worker that reaches its limit 16 MiB to end itself, and what one collection moves out of a
 * young generation without a limit may be more than that. Then the whole process ends instead of the worker.
 */
export const YOUNG_GENERATION = 48;
