import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import type { ConnectorName } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { withProgress } from "../output/progress.ts";
import { table } from "../output/table.ts";
import { openSession } from "./session.ts";

interface PartitionOffset {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  readonly stored: string | null;
  readonly end: string | null;
  readonly lag: number;
  readonly owner: string | null;
}

interface ResetReport {
  readonly preview: boolean;
  readonly partitions: readonly {
    readonly stream: string;
    readonly topic: string;
    readonly partition: number;
    readonly before: string | null;
    readonly after: string | null;
    readonly replayed: number;
    readonly skipped: number;
  }[];
}

interface ResetOptions extends CommonOptions {
  readonly to: string;
  readonly stream?: string;
  readonly topic?: string;
  readonly partition?: readonly string[];
  readonly preview?: boolean;
}

export function offsetsCommand(program: Command): void {
  const offsets = program.command("offsets").description("show or reset how far a sink has got");

  withCommonOptions(offsets.command("show", { isDefault: true }))
    .description("stored offset, end and lag of each partition")
    .argument("<sink>", "sink/<key> or <key>")
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = sinkOnly(await connector(name));
      const partitions = await api.get<readonly PartitionOffset[]>(`${path}/offsets`);
      printer.result(partitions, () =>
        table(
          ["STREAM", "TOPIC", "PARTITION", "STORED", "END", "LAG", "OWNER"],
          partitions.map((one) => [
            one.stream,
            one.topic,
            one.partition,
            one.stored ?? undefined,
            one.end ?? undefined,
            one.lag,
            one.owner ?? undefined,
          ]),
        ),
      );
    });

  withCommonOptions(offsets.command("reset"))
    .description("let a sink go on from another place; a running one is paused meanwhile")
    .argument("<sink>", "sink/<key> or <key>")
    .requiredOption("--to <where>", "first, last, an offset (the next one to deliver), or an RFC 3339 time")
    .option("--stream <name>", "only this stream")
    .option("--topic <name>", "only this topic")
    .option("--partition <number...>", "only these partitions")
    .option("--preview", "show what it would replay and skip, change nothing")
    .action(async (name: string, options: ResetOptions) => {
      const body = {
        to: target(options.to),
        preview: options.preview === true,
        ...(options.stream === undefined ? {} : { stream: options.stream }),
        ...(options.topic === undefined ? {} : { topic: options.topic }),
        ...(options.partition === undefined ? {} : { partitions: options.partition.map(partitionNumber) }),
      };
      const { api, printer, connector } = await openSession(options);
      const { path } = sinkOnly(await connector(name));
      const resetting = api.post<ResetReport>(`${path}/offsets/reset`, body);
      const report = await withProgress("resetting", options, resetting);
      printer.result(report, () =>
        table(
          ["STREAM", "TOPIC", "PARTITION", "NEXT BEFORE", "NEXT AFTER", "REPLAYED", "SKIPPED"],
          report.partitions.map((one) => [
            one.stream,
            one.topic,
            one.partition,
            one.before ?? undefined,
            one.after ?? undefined,
            one.replayed,
            one.skipped,
          ]),
        ),
      );
      if (report.preview) printer.note("Nothing was changed. Leave out --preview to do it.");
    });
}

/** What the API takes for `--to`. */
function target(text: string): unknown {
  if (text === "first" || text === "last") return text;
  if (/^\d+$/.test(text)) return { offset: text };
  if (!Number.isNaN(Date.parse(text))) return { time: text };
  throw new CliError(`${JSON.stringify(text)} says no place in a partition`, {
    exitCode: EXIT.usage,
    place: "--to",
    fix: "give first, last, an offset such as 1200, or a time such as 2026-01-31T08:00:00Z",
  });
}

function partitionNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new CliError(`${JSON.stringify(text)} is no partition`, { exitCode: EXIT.usage, place: "--partition" });
}

function sinkOnly(name: ConnectorName): ConnectorName {
  if (name.type === "sink") return name;
  throw new CliError(`source/${name.key} has a checkpoint, not offsets`, {
    exitCode: EXIT.usage,
    fix: `use: iggy-connectors checkpoint show source/${name.key}`,
  });
}
