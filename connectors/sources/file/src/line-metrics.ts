import type { Logger, PluginMetrics } from "@iggy-connectors/sdk";
import type { ScanResult } from "./line-scanner.ts";

/** The metrics of the source. Lines are counted when read: a batch that is read again counts again. */
export class LineMetrics {
  readonly #offset: { set(value: number): void };
  readonly #size: { set(value: number): void };
  readonly #empty: { add(value: number): void };
  readonly #skipped: { add(value: number): void };
  readonly #nulBytes: { add(value: number): void };
  readonly #lostBytes: { add(value: number): void };

  constructor(metrics: PluginMetrics) {
    this.#offset = metrics.gauge("file_offset_bytes", "Offset up to which the file was read");
    this.#size = metrics.gauge("file_size_bytes", "Size of the file as last seen");
    this.#empty = metrics.counter("file_empty_lines_total", "Empty lines, which Iggy cannot hold as messages");
    this.#skipped = metrics.counter(
      "file_skipped_lines_total",
      "Lines longer than max_line_bytes, which were left out",
    );
    this.#nulBytes = metrics.counter("file_nul_bytes_total", "Bytes of runs of NUL, which were left out");
    this.#lostBytes = metrics.counter(
      "file_lost_bytes_total",
      "Bytes that were gone before they were read, as far as known",
    );
  }

  position(offset: number, size: number): void {
    this.#offset.set(offset);
    this.#size.set(size);
  }

  lost(bytes: number): void {
    this.#lostBytes.add(bytes);
  }

  scanned(result: ScanResult, logger: Logger, path: string): void {
    if (result.emptyLines > 0) this.#empty.add(result.emptyLines);
    if (result.nulBytes > 0) {
      this.#nulBytes.add(result.nulBytes);
      logger.warn(
        `${path}: left out ${result.nulBytes} bytes of NUL, which a writer leaves that goes on at its old position after a truncation`,
        { line: result.next.line },
      );
    }
    if (result.skippedLines === 0) return;
    this.#skipped.add(result.skippedLines);
    logger.warn(`${path}: left out ${result.skippedLines} lines longer than max_line_bytes`, {
      line: result.next.line,
    });
  }
}
