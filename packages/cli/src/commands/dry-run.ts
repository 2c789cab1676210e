import { readFile } from "node:fs/promises";
import { buffer as readAll } from "node:stream/consumers";
import { styleText } from "node:util";
import type { DryRunMessage, DryRunReport } from "@iggy-connectors/runtime";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { diffLines } from "../output/diff.ts";
import { printable } from "../output/printable.ts";
import { dim, Printer } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";
import { textOf } from "../output/shown-message.ts";

interface DryRunCommandOptions {
  readonly config?: string;
  readonly messages: string;
  readonly from?: string;
  readonly stream?: string;
  readonly topic?: string;
  readonly partition?: string;
  readonly input?: string;
  readonly wait: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `iggy-connectors dry-run`: what would become of real messages. */
export function dryRunCommand(program: Command): void {
  program
    .command("dry-run")
    .description("show what a connector's codecs and transforms make of real messages; nothing is delivered or stored")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .option("-c, --config <path>", "configuration file; else found as `run` finds it")
    .option("-n, --messages <number>", "how many at most", "10")
    .option(
      "--from <where>",
      "sinks: first (the default), last, an offset, or an RFC 3339 time; sources: first, else the checkpoint",
    )
    .option("--stream <name>", "sinks: only this stream")
    .option("--topic <name>", "sinks: only this topic")
    .option("--partition <number>", "sinks: only this partition")
    .option("--input <file>", "take the messages from a file, one per line; - reads standard input")
    .option("--wait <seconds>", "how long a source may take to give something", "10")
    .option("-v, --verbose", "show the message after each transform")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print only messages that failed, and the summary")
    .addHelpText(
      "after",
      `\nNo runtime is needed. Iggy sees plain reads: no group, no offset, no topic is made. A source is opened and polled; its\ncheckpoint stays as it is.\nEnds with ${EXIT.done} when every message got through or was left out, ${EXIT.findings} when one failed, ${EXIT.configuration} when the configuration\ncannot be used, ${EXIT.unreachable} when Iggy does not answer.`,
    )
    .action(async (name: string, options: DryRunCommandOptions) => {
      const report = await run(name, options);
      const printer = new Printer(options);
      const summary = summaryOf(report);
      printer.result({ connector: `${report.type}/${report.key}`, ...report, summary }, () =>
        textOfReport(report, options),
      );
      if (summary.failed > 0) process.exitCode = EXIT.findings;
    });
}

async function run(name: string, options: DryRunCommandOptions): Promise<DryRunReport> {
  const prefixed = /^(sink|source)s?\/(.+)$/.exec(name);
  const type = prefixed?.[1] as "sink" | "source" | undefined;
  const { dryRun, parseInitialOffset, ConfigurationError, formatProblem } = await import("@iggy-connectors/runtime");
  const from = options.from === undefined ? undefined : parseInitialOffset(options.from);
  if (options.from !== undefined && from === undefined) {
    throw new CliError(`${JSON.stringify(options.from)} says no place in a partition`, {
      exitCode: EXIT.usage,
      place: "--from",
      fix: "give first, last, an offset such as 1200, or a time such as 2026-01-31T08:00:00Z",
    });
  }
  const order = {
    messages: atLeast(1, options.messages, "--messages"),
    from,
    stream: options.stream,
    topic: options.topic,
    partition: options.partition === undefined ? undefined : atLeast(0, options.partition, "--partition"),
    input: options.input === undefined ? undefined : await readLines(options.input),
    wait: atLeast(1, options.wait, "--wait") * 1000,
  };
  const running = dryRun({
    configPath: options.config,
    connector: { type, key: prefixed?.[2] ?? name },
    order,
    onLogs: (lines) => {
      if (options.quiet === true) return;
      for (const { level, message } of lines) process.stderr.write(`${level}: ${message}\n`);
    },
  });
  try {
    return await withProgress(`trying ${name}`, options, running);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      throw new CliError(error.problems.map(formatProblem).join("\n  "), {
        exitCode: EXIT.configuration,
        code: error.problems[0]?.code,
        fix: "iggy-connectors check tells everything that is wrong",
      });
    }
    const { code, message, place, fix } = error as { code?: unknown; message: string; place?: string; fix?: string };
    if (typeof code !== "string" || !code.startsWith("IGC_")) throw error;
    throw new CliError(message, { exitCode: exitCodeOf(code), code, place, fix });
  }
}

function exitCodeOf(code: string): CliError["exitCode"] {
  if (code === "IGC_IGGY_UNREACHABLE") return EXIT.unreachable;
  if (code.endsWith("_DRY_RUN_FROM") || code === "IGC_CONFIG_CONNECTOR_AMBIGUOUS") return EXIT.usage;
  return /^IGC_(CONFIG|PLUGIN|TRANSFORM)_/.test(code) && code !== "IGC_CONFIG_CONNECTOR_UNKNOWN"
    ? EXIT.configuration
    : EXIT.failed;
}

async function readLines(file: string): Promise<Uint8Array[]> {
  let content: Buffer;
  try {
    content = file === "-" ? await readAll(process.stdin) : await readFile(file);
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as Error).message}`, { exitCode: EXIT.failed, place: "--input" });
  }
  const lines: Uint8Array[] = [];
  for (let from = 0; from < content.length; ) {
    const end = content.indexOf(0x0a, from);
    const line = content.subarray(from, end === -1 ? content.length : end);
    from = end === -1 ? content.length : end + 1;
    const bare = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (bare.length > 0) lines.push(bare);
  }
  return lines;
}

type Summary = Record<DryRunMessage["outcome"], number>;

function summaryOf({ messages }: DryRunReport): Summary {
  const summary: Summary = { kept: 0, changed: 0, filtered: 0, failed: 0 };
  for (const { outcome } of messages) summary[outcome]++;
  return summary;
}

function textOfReport(report: DryRunReport, options: DryRunCommandOptions): string {
  const shown =
    options.quiet === true ? report.messages.filter(({ outcome }) => outcome === "failed") : report.messages;
  const { kept, changed, filtered, failed } = summaryOf(report);
  const count = report.messages.length;
  const end = `${count} message${count === 1 ? "" : "s"}: ${kept} kept, ${changed} changed, ${filtered} filtered, ${failed} failed`;
  return [
    ...shown.map((message) => textOfMessage(message, options.verbose === true)),
    ...(report.note === null ? [] : [report.note]),
    `${end}. Nothing was delivered or stored.`,
  ].join("\n");
}

const COLOURS = { kept: "gray", changed: "green", filtered: "yellow", failed: "red" } as const;

function textOfMessage(message: DryRunMessage, verbose: boolean): string {
  const { outcome, transform, stage, error, points } = message;
  const by = transform === null ? "" : ` ${outcome === "filtered" ? "by" : "in"} ${transform}`;
  const head = `${placeOf(message)}  ${styleText(COLOURS[outcome], outcome, { stream: process.stdout })}${by}`;
  const lines = [head];
  const before = textOf(points[0]?.messages ?? []);
  if (verbose) lines.push(...verboseLines(message));
  else if (outcome === "changed") lines.push(...diffLines(before, textOf(points.at(-1)?.messages ?? [])));
  else lines.push(...before.split("\n").map((line) => `  ${line}`));
  if (error !== null) {
    lines.push(
      `  ${stage === null || stage === "transform" ? "" : `${stage}: `}${error.code}: ${printable(error.message)}`,
    );
    if (error.place !== undefined) lines.push(`  at ${error.place}`);
    if (error.fix !== undefined) lines.push(`  ${error.fix}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What it was at first, then what each transform that did something made of it. */
function verboseLines({ points }: DryRunMessage): string[] {
  const lines: string[] = [];
  let before: string | undefined;
  for (const { point, messages } of points) {
    const text = textOf(messages);
    if (before === undefined) lines.push(dim(`  ${point}`), ...text.split("\n").map((line) => `  ${line}`));
    else if (point !== "out") {
      lines.push(dim(`  ${point}${text === before ? " (nothing changed)" : ""}`));
      if (text !== before) lines.push(...diffLines(before, text));
    }
    before = text;
  }
  return lines;
}

function placeOf({ stream, topic, partition, offset }: DryRunMessage): string {
  return `${stream}/${topic}${partition === null ? "" : `/${partition}`}${offset === null ? "" : ` @${offset}`}`;
}

function atLeast(smallest: number, text: string, place: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= smallest) return Number(text);
  throw new CliError(`${JSON.stringify(text)} is no number of at least ${smallest}`, { exitCode: EXIT.usage, place });
}
