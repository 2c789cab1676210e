import type { ApiConnector, ApiConnectorError, ApiConnectorStatus } from "@iggy-connectors/runtime/api-types";
import type { Command } from "commander";
import { CONNECTOR_NAME_HELP } from "../connector-name.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { ago } from "../output/ago.ts";
import { connectorsView, type ListedConnectors, rejectedText } from "../output/connectors-view.ts";
import { coloured, dim } from "../output/printer.ts";
import { table } from "../output/table.ts";
import { openSession, type Session } from "../session.ts";

/** `iggy-connectors status`: the state of all connectors, or of one in detail. */
export function register(program: Command): void {
  withCommonOptions(program.command("status"))
    .description("show the state of all connectors of a running runtime, the bad news first, or of one in detail")
    .argument("[connector]", CONNECTOR_NAME_HELP)
    .action(async (name: string | undefined, options: CommonOptions) => {
      if (name === undefined) await all(options);
      else await one(name, options);
    });
}

async function all(options: CommonOptions): Promise<void> {
  const { api, printer } = await openSession(options);
  printer.result(await listConnectors(api), connectorsView);
}

/** All connectors of a runtime. `timeout`: milliseconds. */
export async function listConnectors(api: Session["api"], timeout?: number): Promise<ListedConnectors> {
  const [sources, sinks] = await Promise.all([
    api.get<readonly ApiConnector[]>("/sources", timeout),
    api.get<readonly ApiConnector[]>("/sinks", timeout),
  ]);
  return { sources, sinks };
}

async function one(name: string, options: CommonOptions): Promise<void> {
  const { api, printer, connector } = await openSession(options);
  const { type, path } = await connector(name);
  const answer = await api.get<ApiConnectorStatus>(`${path}/status`);
  printer.result(answer, (status) => {
    const lines = [
      `${type}/${status.key}  ${coloured(status.state)}  since ${ago(status.since)}  ${dim(status.name)}`,
      ...badNews(status),
      `  delivery ${status.delivery ?? "unknown"}, last success ${status.last_success === null ? "never" : ago(status.last_success)}, ${rateText(status.rate)}`,
      ...placementLines(status.tasks),
      `  in flight: ${status.messages_in_flight} messages, ${status.bytes_in_flight} bytes`,
      `  since ${ago(status.counting_since)}: ${countersText(status.counters)}`,
    ];
    if (status.partitions.length > 0) lines.push("", partitionsTable(status.partitions));
    return lines.join("\n");
  });
}

/** What is wrong, with its reasons and what to do. */
function badNews(status: ApiConnectorStatus): string[] {
  const { last_error, retry, rejected, dead_letters, retries, delivery_reason, tasks } = status;
  const lines: string[] = [];
  if (last_error !== undefined) lines.push(...errorLines(last_error));
  if (retry !== undefined) {
    lines.push(
      `  attempt ${retry.attempts} failed, next attempt at ${retry.next_attempt_at}, failing since ${ago(retry.since)}`,
    );
  }
  if (rejected !== undefined) {
    lines.push(`  ${rejectedText(status)}, since ${ago(rejected.at)}:`, ...errorLines(rejected.error));
  }
  if (dead_letters.length > 0) lines.push(`  dead letters: ${reasonsText(dead_letters)}`);
  if (retries.length > 0) lines.push(`  retries: ${reasonsText(retries)}`);
  if (delivery_reason !== null) lines.push(`  delivery: ${delivery_reason}`);
  for (const { task, quarantine } of tasks) {
    if (quarantine === undefined) continue;
    const { state, since, until, message } = quarantine;
    lines.push(`  task ${task} is ${state} since ${ago(since)}, until ${until}: ${message}`);
  }
  return lines;
}

/** Where its tasks run: one line where all run in the same way. */
function placementLines(tasks: ApiConnectorStatus["tasks"]): string[] {
  const places = tasks.map(({ placement, placement_reason }) => `${placement}: ${placement_reason}`);
  const lines = [...new Set(places)];
  if (lines.length <= 1) return lines.map((line) => `  runs in ${line}`);
  return places.map((place, task) => `  task ${task} runs in ${place}`);
}

function reasonsText(counts: ApiConnectorStatus["dead_letters"]): string {
  const sorted = [...counts].sort((a, b) => b.count - a.count);
  return sorted.map(({ stage, code, count }) => `${count} in ${stage} (${code})`).join(", ");
}

function rateText(rate: number | null): string {
  return rate === null ? "rate not known yet" : `${rate} messages/s`;
}

function countersText(counters: ApiConnectorStatus["counters"]): string {
  const counted = Object.entries(counters).filter(([, value]) => value > 0);
  return counted.length === 0 ? "nothing" : counted.map(([counter, value]) => `${counter} ${value}`).join(", ");
}

function partitionsTable(partitions: ApiConnectorStatus["partitions"]): string {
  const head = ["STREAM", "TOPIC", "PARTITION", "STORED", "END", "LAG", "IN FLIGHT", "STATE"];
  const rows = partitions.map((partition) => [
    partition.stream,
    partition.topic,
    partition.partition,
    partition.stored_offset ?? undefined,
    partition.end_offset ?? undefined,
    partition.lag,
    partition.in_flight,
    coloured(partition.state),
  ]);
  return table(head, rows);
}

function errorLines({ code, message, place, fix }: ApiConnectorError): string[] {
  return [
    `  ${code}: ${message}${place === undefined ? "" : ` (${place})`}`,
    ...(fix === undefined ? [] : [`  ${fix}`]),
  ];
}
