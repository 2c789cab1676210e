export type LogLevel = "debug" | "info" | "warn" | "error";

/** Receives one line per event; `fields` never hold a password or message content. */
export type Logger = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

export const silentLogger: Logger = () => undefined;
