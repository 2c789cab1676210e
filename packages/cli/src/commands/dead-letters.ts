import type { ApiDeadLetterDetails, ApiDeadLetterPage, ApiReplayReport } from "@iggy-connectors/runtime/api-types";
import { printable, printableJson, printableLine } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { CONNECTOR_NAME_HELP } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { messagePlace } from "../output/message-place.ts";
import { dim } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";
import { table } from "../output/table.ts";
import { openSession } from "../session.ts";

interface FilterOptions extends CommonOptions {
  readonly stage?: string;
  readonly code?: string;
  readonly transform?: string;
  readonly since?: string;
  readonly until?: string;
}

const FILTERS = ["stage", "code", "transform", "since", "until"] as const;

function withFilter(command: Command): Command {
  return command
    .option("--stage <stage>", "decode, transform, encode, consume or send")
    .option("--code <code>", "error code")
    .option("--transform <name>", "name of the failed transform")
    .option("--since <time>", "written at this time or later, RFC 3339")
    .option("--until <time>", "written at this time or before, RFC 3339");
}

/** `iggy-connectors dead-letters`: what a connector could not deliver. */
export function register(program: Command): void {
  const deadLetters = program
    .command("dead-letters")
    .description("list, show, replay or purge the messages that a connector could not deliver");
  listCommand(deadLetters);
  showCommand(deadLetters);
  replayCommand(deadLetters);
  purgeCommand(deadLetters);
}

function listCommand(deadLetters: Command): void {
  withFilter(withCommonOptions(deadLetters.command("list", { isDefault: true })))
    .description("list the unresolved dead letters, oldest first")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .option("--limit <number>", "maximum number of dead letters", "100")
    .option("--after <id>", "start after this id")
    .option("--resolved", "list resolved dead letters instead")
    .action(
      async (
        name: string,
        options: FilterOptions & { readonly limit: string; readonly after?: string; readonly resolved?: boolean },
      ) => {
        const { api, printer, connector } = await openSession(options);
        const { path } = await connector(name);
        const query = new URLSearchParams({ limit: options.limit });
        if (options.after !== undefined) query.set("after", options.after);
        if (options.resolved === true) query.set("resolved", "true");
        for (const [key, value] of Object.entries(filterOf(options))) query.set(key, value);
        const page = await api.get<ApiDeadLetterPage>(`${path}/dead_letters?${query}`);
        printer.result(page, (shown) => {
          if (shown.dead_letters.length === 0) return "No dead letters.";
          const head = ["ID", "TIME", "STAGE", "ORIGIN", "CODE", "ERROR"];
          const rows = shown.dead_letters.map((letter) => [
            letter.id,
            letter.time,
            letter.transform === null ? letter.stage : `${letter.stage} ${letter.transform}`,
            messagePlace(letter.origin),
            letter.code,
            letter.error,
          ]);
          const more = shown.next === null ? "" : `\n${dim(`More dead letters: --after ${shown.next}`)}`;
          return table(head, rows) + more;
        });
      },
    );
}

function showCommand(deadLetters: Command): void {
  withCommonOptions(deadLetters.command("show"))
    .description("show a dead letter with its payload and headers")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .argument("<id>", "as printed by `list`")
    .action(async (name: string, id: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = await connector(name);
      const letter = await api.get<ApiDeadLetterDetails>(`${path}/dead_letters/${encodeURIComponent(id)}`);
      printer.result(letter, (shown) => {
        const { payload, headers } = letter;
        const { transform } = shown;
        return [
          `${shown.id}  ${shown.time}  ${shown.resolved ? "resolved" : "open"}`,
          `  ${shown.code} at ${shown.stage}${transform === null ? "" : ` ${transform}`}, attempt ${shown.attempts}`,
          `  ${shown.error}`,
          `  from ${messagePlace(shown.origin)}`,
          ...Object.entries(headers).map(([key, value]) => `  ${printableLine(key)}: ${printableJson(value)}`),
          "",
          // A payload keeps its line breaks.
          printable(payload.data) + (payload.encoding === "base64" ? dim("  (base64)") : ""),
        ].join("\n");
      });
    });
}

function replayCommand(deadLetters: Command): void {
  withFilter(withCommonOptions(deadLetters.command("replay")))
    .description("deliver dead letters again: by id, by filter, or all")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .argument("[id...]", "as printed by `list`")
    .option("--all", "all unresolved dead letters")
    .option(
      "--to <where>",
      "connector: through its transforms to its destination; origin: back to the topic they came from",
      "connector",
    )
    .action(
      async (
        name: string,
        ids: readonly string[],
        options: FilterOptions & { readonly all?: boolean; readonly to: string },
      ) => {
        const filter = filterOf(options);
        if (
          (ids.length > 0 ? 1 : 0) + (options.all === true ? 1 : 0) + (Object.keys(filter).length > 0 ? 1 : 0) !==
          1
        ) {
          throw new CliError("exactly one of ids, a filter and --all is required", {
            exitCode: EXIT.usage,
            fix: "give ids, or a filter such as --code IGC_SINK_REJECTED, or --all",
          });
        }
        if (options.to !== "connector" && options.to !== "origin") {
          throw new CliError(`--to must be connector or origin, not ${options.to}`, { exitCode: EXIT.usage });
        }
        const { api, printer, connector } = await openSession(options);
        const { path } = await connector(name);
        const replaying = api.post<ApiReplayReport>(`${path}/dead_letters/replay`, {
          to: options.to,
          ...(ids.length > 0 ? { ids } : { filter }),
        });
        const report = await withProgress("replaying", options, replaying);
        printer.result(report, (shown) =>
          [
            `${shown.replayed} replayed, ${shown.failed} failed again, ${shown.skipped} skipped`,
            ...shown.failures.map(({ id, code, error }) => `  ${id}  ${code}: ${error}`),
          ].join("\n"),
        );
        if (report.failed > 0) process.exitCode = EXIT.failed;
      },
    );
}

function purgeCommand(deadLetters: Command): void {
  withCommonOptions(deadLetters.command("purge"))
    .description("delete all dead letters of a connector, including unresolved ones")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .requiredOption("--yes", "confirm the deletion, which cannot be undone")
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { type, key, path } = await connector(name);
      await withProgress("purging", options, api.delete(`${path}/dead_letters`));
      printer.done({ connector: `${type}/${key}`, done: "purged" }, `dead letters of ${type}/${key} purged`);
    });
}

function filterOf(options: FilterOptions): Record<string, string> {
  const filter: Record<string, string> = {};
  for (const name of FILTERS) if (options[name] !== undefined) filter[name] = options[name];
  return filter;
}
