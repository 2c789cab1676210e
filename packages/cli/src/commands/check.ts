import type { CheckReport } from "@iggy-connectors/runtime";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { Printer } from "../output/printer.ts";

interface CheckCommandOptions {
  readonly config?: string;
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `iggy-connectors check`: all that is wrong with a configuration, without running it. */
export function checkCommand(program: Command): void {
  program
    .command("check")
    .description("check a configuration down to its plugins, and whether Iggy and the other sides answer")
    .option("-c, --config <path>", "configuration file; else found as `run` finds it")
    .option("--offline", "connect to nothing")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print findings only")
    .addHelpText(
      "after",
      `\nEnds with ${EXIT.done} when nothing was found, ${EXIT.configuration} when it cannot run, ${EXIT.unreachable} when Iggy does not answer, ${EXIT.findings} with any other finding.`,
    )
    .action(async (options: CheckCommandOptions) => {
      const { checkConfiguration, formatProblem } = await import("@iggy-connectors/runtime");
      const report = await checkConfiguration({ configPath: options.config, connect: options.offline !== true });
      const printer = new Printer(options);
      const { connectors, findings, iggy, file } = report;
      if (options.json === true) printer.result({ ...report, file: file ?? null, iggy: iggy ?? null }, () => "");
      else {
        for (const finding of findings) {
          process.stdout.write(`${finding.severity} ${finding.code} ${formatProblem(finding)}\n`);
        }
        if (iggy !== undefined) process.stdout.write(`error IGC_IGGY_UNREACHABLE Iggy does not answer: ${iggy}\n`);
        for (const { type, key, version, connected } of connectors) {
          const what = connected ? "checked, and asked to connect" : "checked";
          printer.note(`${type}/${key} version ${version}: ${what}`);
        }
      }
      process.exitCode = exitCodeOf(report);
    });
}

function exitCodeOf({ findings, iggy }: CheckReport): number {
  // What a plugin's own check found is about the other side; the configuration may be right.
  const invalid = findings.some(({ severity, code }) => severity === "error" && code !== "IGC_PLUGIN_CHECK");
  if (invalid) return EXIT.configuration;
  if (iggy !== undefined) return EXIT.unreachable;
  return findings.length > 0 ? EXIT.findings : EXIT.done;
}
