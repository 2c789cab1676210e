import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { printableJson, printableLine } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import type { ConnectorName } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { openSession } from "../session.ts";

/** `iggy-connectors checkpoint`: the checkpoint of a source. */
export function register(program: Command): void {
  const checkpoint = program.command("checkpoint").description("show, set or delete the checkpoint of a source");

  withCommonOptions(checkpoint.command("show", { isDefault: true }))
    .description("print the checkpoint as JSON, in the form that `set` reads")
    .argument("<source>", "source/<key> or <key>")
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const found = await api.get<unknown>(`${sourceOnly(await connector(name)).path}/checkpoint`);
      printer.result(found, () => printableJson(found, { indent: 2 }));
    });

  withCommonOptions(checkpoint.command("set"))
    .description("replace the checkpoint; a running source is restarted")
    .argument("<source>", "source/<key> or <key>")
    .argument("[file]", "JSON file; - is standard input", "-")
    .action(async (name: string, file: string, options: CommonOptions) => {
      const value = parse(file === "-" ? await readAll(process.stdin) : await readText(file), file);
      const { api, printer, connector } = await openSession(options);
      const { key, path } = sourceOnly(await connector(name));
      await api.put(`${path}/checkpoint`, value);
      printer.done({ connector: `source/${key}`, done: "set" }, `checkpoint of source/${key} set`);
    });

  withCommonOptions(checkpoint.command("delete"))
    .description("delete the checkpoint: the source starts from the beginning; a running source is restarted")
    .argument("<source>", "source/<key> or <key>")
    .action(async (name: string, options: CommonOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { key, path } = sourceOnly(await connector(name));
      await api.delete(`${path}/checkpoint`);
      printer.done({ connector: `source/${key}`, done: "deleted" }, `checkpoint of source/${key} deleted`);
    });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CliError(printableLine(`cannot read ${file}: ${(error as Error).message}`), {
      exitCode: EXIT.failed,
      place: file,
    });
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = file === "-" ? "standard input" : file;
    throw new CliError(printableLine(`${place} is not valid JSON: ${(error as Error).message}`), {
      exitCode: EXIT.usage,
      place,
    });
  }
}

function sourceOnly(name: ConnectorName): ConnectorName {
  if (name.type === "source") return name;
  throw new CliError(`sink/${name.key} has offsets, not a checkpoint`, {
    exitCode: EXIT.usage,
    fix: `use iggy-connectors offsets show sink/${name.key}`,
  });
}
