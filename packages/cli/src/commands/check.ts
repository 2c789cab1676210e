import type { CheckReport } from "@iggy-connectors/runtime";
import { printableLine } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { dim, Printer } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";
import { shownCopy } from "../output/shown.ts";

interface CheckCommandOptions {
  readonly config?: string;
  readonly connect: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `iggy-connectors check`: reports every problem of a configuration, without running it. */
export function register(program: Command): void {
  program
    .command("check")
    .description("check a configuration and its plugins, and whether Iggy and the external systems can be reached")
    .option("-c, --config <path>", "configuration file; by default found as by `run`")
    .option("--no-connect", "do not connect to anything")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print only findings")
    .addHelpText(
      "after",
      `\nExit code: ${EXIT.done} no findings, ${EXIT.configuration} the configuration is invalid, ${EXIT.unreachable} Iggy cannot be reached, ${EXIT.findings} any other finding.`,
    )
    .action(async (options: CheckCommandOptions) => {
      const { checkConfiguration, formatProblem } = await import("@iggy-connectors/runtime");
      const checking = checkConfiguration({ configPath: options.config, connect: options.connect });
      const report = await withProgress("checking", options, checking);
      const printer = new Printer(options);
      const { connectors, findings, iggy, file, folder } = report;
      if (options.json === true)
        printer.result({ ...report, file: file ?? null, folder: folder ?? null, iggy: iggy ?? null }, () => "");
      else {
        for (const { severity, code, ...finding } of findings) {
          process.stdout.write(
            `${severity} ${code} ${printableLine(formatProblem({ severity, code, ...finding }).replaceAll("\n", "; "))}\n`,
          );
        }
        if (iggy !== undefined) {
          process.stdout.write(`error IGC_IGGY_UNREACHABLE Iggy cannot be reached: ${printableLine(iggy)}\n`);
        }
        const where = folder === undefined ? "" : `, connector files in ${folder}`;
        if (file !== undefined) printer.note(dim(printableLine(`configuration ${file}${where}`)));
        for (const connector of shownCopy(connectors)) for (const line of linesOf(connector)) printer.note(line);
      }
      process.exitCode = exitCodeOf(report);
    });
}

function linesOf(checked: CheckReport["connectors"][number]): string[] {
  const { type, key, version, valid, connected, delivery, creates, placement } = checked;
  if (!valid) return [`${type}/${key} version ${version}: has errors`];
  const guarantee = delivery === undefined ? "" : `, ${delivery.effective}`;
  return [
    `${type}/${key} version ${version}: ${connected ? "checked, connection tested" : "checked"}${guarantee}`,
    ...(delivery?.reasons ?? []).map((reason) => dim(`  ${reason}`)),
    dim(`  runs in ${placement.isolation}: ${placement.reason}`),
    ...creates.map((topic) => dim(`  will create ${topic}`)),
  ];
}

function exitCodeOf({ findings, iggy }: CheckReport): number {
  if (findings.some(isInvalid)) return EXIT.configuration;
  if (iggy !== undefined) return EXIT.unreachable;
  return findings.length > 0 ? EXIT.findings : EXIT.done;
}

/** A finding of Iggy, a schema registry or a plugin's own check is about the external system: the configuration may be valid. */
function isInvalid({ severity, code }: CheckReport["findings"][number]): boolean {
  return severity === "error" && /^IGC_(CONFIG|PLUGIN)_/.test(code) && code !== "IGC_PLUGIN_CHECK";
}
