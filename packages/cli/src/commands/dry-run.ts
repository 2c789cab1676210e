import type { DryRunReport } from "@iggy-connectors/runtime";
import { printableLine } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { CONNECTOR_NAME_HELP, splitConnectorName } from "../connector-name.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readLines } from "../input/lines.ts";
import { invalidPosition, parseWholeNumber } from "../options.ts";
import { Printer } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";

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

/** `iggy-connectors dry-run`: what a connector would make of real messages. */
export function register(program: Command): void {
  program
    .command("dry-run")
    .description(
      "show what the codecs and transforms of a connector make of real messages; nothing is delivered or stored",
    )
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .option("-c, --config <path>", "configuration file; by default found as by `run`")
    .option("-n, --messages <number>", "maximum number of messages", "10")
    .option(
      "--from <where>",
      "start position: for sinks first (the default), last, an offset, or an RFC 3339 time; for sources first (default: the stored checkpoint)",
    )
    .option("--stream <name>", "sinks: only this stream")
    .option("--topic <name>", "sinks: only this topic")
    .option("--partition <number>", "sinks: only this partition")
    .option("--input <file>", "read the messages from a file, one per line; - is standard input")
    .option("--wait <seconds>", "how long to wait for messages of a source", "10")
    .option("-v, --verbose", "show the message after each transform")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print only failed messages and the summary")
    .addHelpText(
      "after",
      `\nNo running runtime is needed. Topics are read without a consumer group: no offset is stored and no topic is created.\nA source is opened and polled; its checkpoint is not changed.\nExit code: ${EXIT.done} no message failed, ${EXIT.findings} a message failed, ${EXIT.configuration} the configuration is invalid, ${EXIT.unreachable} Iggy cannot be reached.`,
    )
    .action(async (name: string, options: DryRunCommandOptions) => {
      const report = await run(name, options);
      const printer = new Printer(options);
      const { summaryOf, textOfReport } = await import("../output/dry-run-report.ts");
      const summary = summaryOf(report);
      printer.result({ connector: `${report.type}/${report.key}`, ...report, summary }, () =>
        textOfReport(report, options),
      );
      if (summary.failed > 0) process.exitCode = EXIT.findings;
    });
}

async function run(name: string, options: DryRunCommandOptions): Promise<DryRunReport> {
  const { dryRun, parseInitialOffset, ConfigurationError, formatProblem } = await import("@iggy-connectors/runtime");
  const from = options.from === undefined ? undefined : parseInitialOffset(options.from);
  if (options.from !== undefined && from === undefined) throw invalidPosition(options.from, "--from");
  const messages = parseWholeNumber(options.messages, "--messages", 1);
  const order = {
    messages,
    from,
    stream: options.stream,
    topic: options.topic,
    partition: options.partition === undefined ? undefined : parseWholeNumber(options.partition, "--partition", 0),
    input: options.input === undefined ? undefined : await firstLines(options.input, messages),
    wait: parseWholeNumber(options.wait, "--wait", 1) * 1000,
  };
  const running = dryRun({
    configPath: options.config,
    connector: splitConnectorName(name),
    order,
    onLogs: (lines) => {
      if (options.quiet === true) return;
      for (const { level, message } of lines) process.stderr.write(`${level}: ${printableLine(message)}\n`);
    },
  });
  try {
    return await withProgress(`dry run of ${name}`, options, running);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      throw new CliError(error.problems.map(formatProblem).join("\n  "), {
        exitCode: EXIT.configuration,
        code: error.problems[0]?.code,
        fix: "run `iggy-connectors check` to list all problems",
      });
    }
    const { code, message, place, fix } = error as { code?: unknown; message: string; place?: string; fix?: string };
    if (typeof code !== "string" || !code.startsWith("IGC_")) throw error;
    throw new CliError(message, { exitCode: exitCodeOf(code), code, place, fix });
  }
}

function exitCodeOf(code: string): ExitCode {
  if (code === "IGC_IGGY_UNREACHABLE") return EXIT.unreachable;
  if (code.endsWith("_DRY_RUN_FROM") || code === "IGC_CONFIG_CONNECTOR_AMBIGUOUS") return EXIT.usage;
  return /^IGC_(CONFIG|PLUGIN|TRANSFORM)_/.test(code) && code !== "IGC_CONFIG_CONNECTOR_UNKNOWN"
    ? EXIT.configuration
    : EXIT.failed;
}

/** As many lines as are wanted; the file is not read further. */
async function firstLines(file: string, wanted: number): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const lines of readLines(file, "--input")) {
    found.push(...lines.slice(0, wanted - found.length).map(({ bytes }) => bytes));
    if (found.length === wanted) break;
  }
  return found;
}
