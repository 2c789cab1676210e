/** The message of anything that was thrown. Never throws. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  try {
    return String(error);
  } catch {
    return "a value without a message was thrown";
  }
}

/** The `code` of an error of Node or of a driver, such as `ENOENT`; empty if it has none. */
export function errorCode(error: unknown): string {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : "";
}
