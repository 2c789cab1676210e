import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { printable } from "../output/printable.ts";
import { dim } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";
import { table } from "../output/table.ts";
import { openSession } from "./session.ts";

interface Letter {
  readonly id: string;
  readonly stage: string;
  readonly transform: string | null;
  readonly code: string;
  readonly error: string;
  readonly attempts: number;
  readonly time: string;
  readonly resolved: boolean;
  readonly origin: {
    readonly stream: string;
    readonly topic: string;
    readonly partition: number | null;
    readonly offset: string | null;
  };
  readonly payload?: { readonly encoding: "utf8" | "base64"; readonly data: string };
  readonly headers?: Readonly<Record<string, unknown>>;
}

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
    .option("--transform <name>", "name of the transform that failed")
    .option("--since <time>", "written at this time or later, RFC 3339")
    .option("--until <time>", "written at this time or before, RFC 3339");
}

export function deadLettersCommand(program: Command): void {
  const letters = program
    .command("dead-letters")
    .description("show, replay or purge the messages that a connector could not deliver");
  listCommand(letters);
  showCommand(letters);
  replayCommand(letters);
  purgeCommand(letters);
}

function listCommand(letters: Command): void {
  withFilter(withCommonOptions(letters.command("list", { isDefault: true })))
    .description("the letters that were not resolved, oldest first")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .option("--limit <number>", "how many at most", "100")
    .option("--after <id>", "behind this letter")
    .option("--resolved", "those that were resolved instead")
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
        const page = await api.get<{ readonly dead_letters: readonly Letter[]; readonly next: string | null }>(
          `${path}/dead_letters?${query}`,
        );
        printer.result(page, () => {
          if (page.dead_letters.length === 0) return "No dead letters.";
          const head = ["ID", "TIME", "STAGE", "ORIGIN", "CODE", "ERROR"];
          const rows = page.dead_letters.map((letter) => [
            letter.id,
            letter.time,
            letter.transform === null ? letter.stage : `${letter.stage} ${letter.transform}`,
            originOf(letter),
            letter.code,
            printable(letter.error),
          ]);
          const more = page.next === null ? "" : `\n${dim(`There are more: --after ${page.next}`)}`;
          return table(head, rows) + more;
        });
      },
    );
}

function showCommand(letters: Command): void {
  withCommonOptions(letters.command("show"))
    .description("one letter with its payload and headers")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .argument("<id>", "as `list` shows it")
    .action(async (name: string, id: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = await connector(name);
      const letter = await api.get<Letter>(`${path}/dead_letters/${encodeURIComponent(id)}`);
      printer.result(letter, () => {
        const { payload, headers } = letter;
        return [
          `${letter.id}  ${letter.time}  ${letter.resolved ? "resolved" : "open"}`,
          `  ${letter.code} at ${letter.stage}${letter.transform === null ? "" : ` ${letter.transform}`}, attempt ${letter.attempts}`,
          `  ${printable(letter.error)}`,
          `  from ${originOf(letter)}`,
          ...Object.entries(headers ?? {}).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
          "",
          payload === undefined
            ? ""
            : printable(payload.data) + (payload.encoding === "base64" ? dim("  (base64)") : ""),
        ].join("\n");
      });
    });
}

interface ReplayReport {
  readonly replayed: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failures: readonly { readonly id: string; readonly code: string; readonly error: string }[];
}

function replayCommand(letters: Command): void {
  withFilter(withCommonOptions(letters.command("replay")))
    .description("deliver letters again: by id, by filter, or all of them")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .argument("[id...]", "as `list` shows them")
    .option("--all", "all that were not resolved")
    .option(
      "--to <where>",
      "connector: through its transforms to its destination; origin: back to their topic",
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
          throw new CliError("which letters is not clear", {
            exitCode: EXIT.usage,
            fix: "give ids, or a filter such as --code, or --all",
          });
        }
        if (options.to !== "connector" && options.to !== "origin") {
          throw new CliError(`--to ${options.to} is neither connector nor origin`, { exitCode: EXIT.usage });
        }
        const { api, printer, connector } = await openSession(options);
        const { path } = await connector(name);
        const replaying = api.post<ReplayReport>(`${path}/dead_letters/replay`, {
          to: options.to,
          ...(ids.length > 0 ? { ids } : { filter }),
        });
        const report = await withProgress("replaying", options, replaying);
        printer.result(report, () =>
          [
            `${report.replayed} replayed, ${report.failed} failed again, ${report.skipped} skipped`,
            ...report.failures.map(({ id, code, error }) => `  ${id}  ${code}: ${error}`),
          ].join("\n"),
        );
        if (report.failed > 0) process.exitCode = EXIT.failed;
      },
    );
}

function purgeCommand(letters: Command): void {
  withCommonOptions(letters.command("purge"))
    .description("remove all dead letters of a connector, also those that were not resolved")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .requiredOption("--yes", "that this is meant: they cannot be brought back")
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

function originOf({ origin }: Letter): string {
  const { stream, topic, partition, offset } = origin;
  return `${stream}/${topic}${partition === null ? "" : `/${partition}`}${offset === null ? "" : ` @${offset}`}`;
}
