import type { ApiConnector, ApiConnectorError, ApiConnectorStatus } from "@iggy-connectors/runtime/api-types";
import type { Command } from "commander";
import { CONNECTOR_NAME_HELP } from "../connector-name.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { coloured, dim } from "../output/printer.ts";
import { table } from "../output/table.ts";
import { openSession } from "../session.ts";

/** `iggy-connectors status`: the state of all connectors, or of one in detail. */
export function register(program: Command): void {
  withCommonOptions(program.command("status"))
    .description("show the state of all connectors of a running runtime, or of one in detail")
    .argument("[connector]", CONNECTOR_NAME_HELP)
    .action(async (name: string | undefined, options: CommonOptions) => {
      if (name === undefined) await all(options);
      else await one(name, options);
    });
}

async function all(options: CommonOptions): Promise<void> {
  const { api, printer } = await openSession(options);
  const [sources, sinks] = await Promise.all([
    api.get<readonly ApiConnector[]>("/sources"),
    api.get<readonly ApiConnector[]>("/sinks"),
  ]);
  printer.result({ sources, sinks }, ({ sources, sinks }) => {
    const rows = [
      ...sources.map((info) => [`source/${info.key}`, info] as const),
      ...sinks.map((info) => [`sink/${info.key}`, info] as const),
    ];
    if (rows.length === 0) return "This runtime has no connectors.";
    const lines = rows.map(([name, info]) => [name, coloured(info.state), ago(info.since), info.lag, errorOf(info)]);
    return table(["CONNECTOR", "STATE", "SINCE", "LAG", ""], lines);
  });
}

async function one(name: string, options: CommonOptions): Promise<void> {
  const { api, printer, connector } = await openSession(options);
  const { type, path } = await connector(name);
  const answer = await api.get<ApiConnectorStatus>(`${path}/status`);
  printer.result(answer, (status) => {
    const lines = [
      `${type}/${status.key}  ${coloured(status.state)}  since ${ago(status.since)}  ${dim(status.name)}`,
      ...(status.last_error === undefined ? [] : errorLines(status.last_error)),
      ...(status.retry === undefined
        ? []
        : [`  attempt ${status.retry.attempts} failed, next attempt at ${status.retry.next_attempt_at}`]),
      `  delivery ${status.delivery ?? "unknown"}${status.delivery_reason === null ? "" : ` (${status.delivery_reason})`}, last success ${status.last_success === null ? "never" : ago(status.last_success)}`,
      `  in flight: ${status.messages_in_flight} messages, ${status.bytes_in_flight} bytes`,
      `  ${Object.entries(status.counters)
        .filter(([, value]) => value > 0)
        .map(([counter, value]) => `${counter} ${value}`)
        .join(", ")}`,
    ];
    if (status.partitions.length > 0) {
      const head = ["STREAM", "TOPIC", "PARTITION", "STORED", "END", "LAG", "IN FLIGHT", "STATE"];
      const rows = status.partitions.map((partition) => [
        partition.stream,
        partition.topic,
        partition.partition,
        partition.stored_offset ?? undefined,
        partition.end_offset ?? undefined,
        partition.lag,
        partition.in_flight,
        coloured(partition.state),
      ]);
      lines.push("", table(head, rows));
    }
    return lines.join("\n");
  });
}

function errorLines({ code, message, place, fix }: ApiConnectorError): string[] {
  return [
    `  ${code}: ${message}${place === undefined ? "" : ` (${place})`}`,
    ...(fix === undefined ? [] : [`  ${fix}`]),
  ];
}

function errorOf({ last_error }: ApiConnector): string {
  return last_error === undefined ? "" : `${last_error.code}: ${last_error.message}`;
}

/** How long ago a moment was, in one unit: `3 min ago`. */
function ago(moment: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(moment)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
