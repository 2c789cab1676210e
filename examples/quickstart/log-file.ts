import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { formatLogLine, type LogLine } from "@iggy-connectors/runtime";

/** Every log line of one run, for those who want to read more than the screen shows. */
export class LogFile {
  readonly path: string;
  readonly #out: WriteStream;

  private constructor(path: string) {
    this.path = path;
    this.#out = createWriteStream(path);
  }

  static async open(path: string): Promise<LogFile> {
    await mkdir(dirname(path), { recursive: true });
    return new LogFile(path);
  }

  write(line: LogLine): void {
    this.#out.write(`${formatLogLine(line, { colours: false })}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#out.end(resolve));
  }
}

/** Whether a line belongs on the screen: what is wrong, and states that change. The rest, such as each payload, does not. */
export function isNews({ level, fields }: LogLine): boolean {
  return level === "warn" || level === "error" || "from" in fields;
}

/** The payload of a message that the stdout sink logged; undefined for any other line. */
export function loggedPayload({ fields }: LogLine): string | undefined {
  return typeof fields.payload === "string" ? fields.payload : undefined;
}
