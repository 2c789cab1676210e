import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";

/** `iggy-connectors schemas`: one file per kind of configuration file. */
export function register(program: Command): void {
  program
    .command("schemas")
    .description("write the JSON Schemas of all configuration files, for editors")
    .argument("[folder]", "output folder", "schemas")
    .addHelpText(
      "after",
      "\nA TOML file names its schema in a comment, #:schema ./schemas/sinks/stdout.json; YAML and JSON files in the key $schema.",
    )
    .action(async (folder: string) => {
      process.exitCode = await writeSchemas(folder);
    });
}

async function writeSchemas(folder: string): Promise<number> {
  const { jsonSchemas } = await import("@iggy-connectors/runtime");
  try {
    for (const { path, schema } of await jsonSchemas()) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify(schema, undefined, 2)}\n`);
      process.stdout.write(`${file}\n`);
    }
    return EXIT.done;
  } catch (error) {
    process.stderr.write(`the schemas cannot be written: ${(error as Error).message}\n`);
    return EXIT.failed;
  }
}
