import { styleText } from "node:util";
import type { DryRunMessage, DryRunReport } from "@iggy-connectors/runtime";
import { printableLine } from "@iggy-connectors/runtime/printable";
import { diffLines } from "./diff.ts";
import { messagePlace } from "./message-place.ts";
import { dim } from "./printer.ts";
import { textOf } from "./shown-message.ts";

interface ReportOptions {
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

type Summary = Record<DryRunMessage["outcome"], number>;

/** How many messages ended with each outcome. */
export function summaryOf({ messages }: DryRunReport): Summary {
  const summary: Summary = { kept: 0, changed: 0, filtered: 0, failed: 0 };
  for (const { outcome } of messages) summary[outcome]++;
  return summary;
}

/** The report for people. `quiet`: only failed messages; `verbose`: each message after each transform. */
export function textOfReport(report: DryRunReport, options: ReportOptions): string {
  const shown =
    options.quiet === true ? report.messages.filter(({ outcome }) => outcome === "failed") : report.messages;
  const { kept, changed, filtered, failed } = summaryOf(report);
  const count = report.messages.length;
  const end = `${count} message${count === 1 ? "" : "s"}: ${kept} kept, ${changed} changed, ${filtered} filtered, ${failed} failed`;
  return [
    ...shown.map((message) => textOfMessage(message, options.verbose === true)),
    ...(report.note === null ? [] : [printableLine(report.note)]),
    `${end}. Nothing was delivered or stored.`,
  ].join("\n");
}

const COLOURS = { kept: "gray", changed: "green", filtered: "yellow", failed: "red" } as const;

function textOfMessage(message: DryRunMessage, verbose: boolean): string {
  const { outcome, transform, stage, error, points } = message;
  const by = transform === null ? "" : ` ${outcome === "filtered" ? "by" : "in"} ${printableLine(transform)}`;
  const head = `${printableLine(messagePlace(message))}  ${styleText(COLOURS[outcome], outcome, { stream: process.stdout })}${by}`;
  const lines = [head];
  const before = textOf(points[0]?.messages ?? []);
  if (verbose) lines.push(...verboseLines(message));
  else if (outcome === "changed") lines.push(...diffLines(before, textOf(points.at(-1)?.messages ?? [])));
  else lines.push(...before.split("\n").map((line) => `  ${line}`));
  if (error !== null) {
    lines.push(
      `  ${stage === null || stage === "transform" ? "" : `${stage}: `}${error.code}: ${printableLine(error.message)}`,
    );
    if (error.place !== undefined) lines.push(`  at ${printableLine(error.place)}`);
    if (error.fix !== undefined) lines.push(`  ${printableLine(error.fix)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The message at the start, then after each transform that changed it. */
function verboseLines({ points }: DryRunMessage): string[] {
  const lines: string[] = [];
  let before: string | undefined;
  for (const { point, messages } of points) {
    const text = textOf(messages);
    if (before === undefined)
      lines.push(dim(`  ${printableLine(point)}`), ...text.split("\n").map((line) => `  ${line}`));
    else if (point !== "out") {
      lines.push(dim(`  ${printableLine(point)}${text === before ? " (unchanged)" : ""}`));
      if (text !== before) lines.push(...diffLines(before, text));
    }
    before = text;
  }
  return lines;
}
