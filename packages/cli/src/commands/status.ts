import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { coloured, dim } from "../output/printer.ts";
import { table } from "../output/table.ts";
import { openSession } from "./session.ts";

interface ErrorShape {
  readonly code: string;
  readonly message: string;
  readonly place?: string;
  readonly fix?: string;
}

interface Info {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly since: string;
  readonly lag: number;
  readonly last_error?: ErrorShape;
  readonly retry?: { readonly attempts: number; readonly next_attempt_at: string };
}

interface Status extends Info {
  readonly last_success: string | null;
  readonly messages_in_flight: number;
  readonly bytes_in_flight: number;
  readonly delivery: string | null;
  readonly counters: Readonly<Record<string, number>>;
  readonly partitions: readonly {
    readonly stream: string;
    readonly topic: string;
    readonly partition: number;
    readonly stored_offset: string | null;
    readonly end_offset: string | null;
    readonly lag: number;
    readonly in_flight: number;
    readonly state: string;
  }[];
}

export function statusCommand(program: Command): void {
  withCommonOptions(program.command("status"))
    .description("show what the connectors of a running runtime do, or one of them in detail")
    .argument("[connector]", "sink/<key>, source/<key>, or <key>")
    .action(async (name: string | undefined, options: CommonOptions) => {
      if (name === undefined) await all(options);
      else await one(name, options);
    });
}

async function all(options: CommonOptions): Promise<void> {
  const { api, printer } = await openSession(options);
  const [sources, sinks] = await Promise.all([
    api.get<readonly Info[]>("/sources"),
    api.get<readonly Info[]>("/sinks"),
  ]);
  printer.result({ sources, sinks }, () => {
    const rows = [
      ...sources.map((info) => [`source/${info.key}`, info] as const),
      ...sinks.map((info) => [`sink/${info.key}`, info] as const),
    ];
    if (rows.length === 0) return "This runtime has no connectors.";
    const lines = rows.map(([name, info]) => [name, coloured(info.state), ago(info.since), info.lag, troubleOf(info)]);
    return table(["CONNECTOR", "STATE", "SINCE", "LAG", ""], lines);
  });
}

async function one(name: string, options: CommonOptions): Promise<void> {
  const { api, printer, connector } = await openSession(options);
  const { type, key, path } = await connector(name);
  const status = await api.get<Status>(`${path}/status`);
  printer.result(status, () => {
    const lines = [
      `${type}/${key}  ${coloured(status.state)}  since ${ago(status.since)}  ${dim(status.name)}`,
      ...(status.last_error === undefined ? [] : errorLines(status.last_error)),
      ...(status.retry === undefined
        ? []
        : [`  attempt ${status.retry.attempts} failed, the next one is at ${status.retry.next_attempt_at}`]),
      `  delivery ${status.delivery ?? "unknown"}, last success ${status.last_success === null ? "none" : ago(status.last_success)}`,
      `  in hand: ${status.messages_in_flight} messages, ${status.bytes_in_flight} bytes`,
      `  ${Object.entries(status.counters)
        .filter(([, value]) => value > 0)
        .map(([counter, value]) => `${counter} ${value}`)
        .join(", ")}`,
    ];
    if (status.partitions.length > 0) {
      const head = ["STREAM", "TOPIC", "PARTITION", "STORED", "END", "LAG", "IN HAND", "STATE"];
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

function errorLines({ code, message, place, fix }: ErrorShape): string[] {
  return [
    `  ${code}: ${message}${place === undefined ? "" : ` (${place})`}`,
    ...(fix === undefined ? [] : [`  ${fix}`]),
  ];
}

function troubleOf({ last_error }: Info): string {
  return last_error === undefined ? "" : `${last_error.code}: ${last_error.message}`;
}

/** `3 min ago`, to one unit. */
function ago(moment: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(moment)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
