/** The message of anything that was thrown. Never throws. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  try {
    return String(error);
  } catch {
    return "a value without a message was thrown";
  }
}

/**
 * Whether something failed only because no descriptor was left, for a file or a connection, in the process (`EMFILE`) or in the
 * whole system (`ENFILE`): it may succeed later, and nothing that was asked for is wrong.
 */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = errorCode(error);
  return code === "EMFILE" || code === "ENFILE";
}

/** What helps against `isOutOfDescriptors`. */
export const DESCRIPTORS_FIX =
  "raise the limit of open files (ulimit -n, LimitNOFILE of systemd, ulimits of a container), or open fewer at once; it continues by itself";

/** The `code` of an error of Node or of a driver, such as `ENOENT`; empty if it has none. */
export function errorCode(error: unknown): string {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "";
}
