import type { ApiPartitionOffsets, ApiResetReport } from "@iggy-connectors/runtime/api-types";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import type { ConnectorName } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, invalidPosition, parseWholeNumber, withCommonOptions } from "../options.ts";
import { withProgress } from "../output/progress.ts";
import { table } from "../output/table.ts";
import { openSession } from "../session.ts";

interface ResetOptions extends CommonOptions {
  readonly to: string;
  readonly stream?: string;
  readonly topic?: string;
  readonly partition?: readonly string[];
  readonly preview?: boolean;
}

/** `iggy-connectors offsets`: the offsets of a sink. */
export function register(program: Command): void {
  const offsets = program.command("offsets").description("show or reset the offsets of a sink");

  withCommonOptions(offsets.command("show", { isDefault: true }))
    .description("show stored offset, end and lag of each partition")
    .argument("<sink>", "sink/<key> or <key>")
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = sinkOnly(await connector(name));
      const partitions = await api.get<readonly ApiPartitionOffsets[]>(`${path}/offsets`);
      printer.result(partitions, (shown) =>
        table(
          ["STREAM", "TOPIC", "PARTITION", "STORED", "END", "LAG", "OWNER"],
          shown.map((one) => [
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
    .description("reset the offsets of a sink; a running sink is restarted")
    .argument("<sink>", "sink/<key> or <key>")
    .requiredOption("--to <where>", "first, last, an offset (of the next message to deliver), or an RFC 3339 time")
    .option("--stream <name>", "only this stream")
    .option("--topic <name>", "only this topic")
    .option("--partition <number...>", "only these partitions")
    .option("--preview", "show what would be replayed and skipped; change nothing")
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
      const resetting = api.post<ApiResetReport>(`${path}/offsets/reset`, body);
      const report = await withProgress("resetting", options, resetting);
      printer.result(report, (shown) =>
        table(
          ["STREAM", "TOPIC", "PARTITION", "NEXT BEFORE", "NEXT AFTER", "REPLAYED", "SKIPPED"],
          shown.partitions.map((one) => [
            one.stream,
            one.topic,
            one.partition,
            one.before,
            one.after,
            one.replayed,
            one.skipped,
          ]),
        ),
      );
      if (report.preview) printer.note("Nothing was changed. Run it without --preview to reset the offsets.");
    });
}

/** `--to` as the API accepts it. */
function target(text: string): unknown {
  if (text === "first" || text === "last") return text;
  if (/^\d+$/.test(text)) return { offset: text };
  if (!Number.isNaN(Date.parse(text))) return { time: text };
  throw invalidPosition(text, "--to");
}

function partitionNumber(text: string): number {
  return parseWholeNumber(text, "--partition", 0);
}

function sinkOnly(name: ConnectorName): ConnectorName {
  if (name.type === "sink") return name;
  throw new CliError(`source/${name.key} has a checkpoint, not offsets`, {
    exitCode: EXIT.usage,
    fix: `use iggy-connectors checkpoint show source/${name.key}`,
  });
}
