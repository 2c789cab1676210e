import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { LogLevel } from "../../../shared/task/task-spec.ts";

/** A line without an end must not fill the memory. */
const MAX_LINE = 16 * 1024;

/** Turns what a plugin prints into log lines, so that it neither breaks JSON logs nor appears without its connector. */
export class OutputLines {
  readonly #level: LogLevel;
  readonly #onLines: (lines: readonly TaskLogLine[]) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(level: LogLevel, onLines: (lines: readonly TaskLogLine[]) => void) {
    this.#level = level;
    this.#onLines = onLines;
  }

  read(stream: Readable): void {
    stream.on("data", (chunk: Buffer) => this.#add(this.#decoder.write(chunk)));
    stream.on("end", () => this.#add(`${this.#decoder.end()}\n`));
  }

  #add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    const time = Date.now();
    const written = lines.filter((line) => line.trim() !== "");
    if (written.length === 0) return;
    this.#onLines(written.map((message) => ({ level: this.#level, time, message, fields: undefined })));
  }
}
