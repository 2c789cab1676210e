import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jsonSchemas } from "@iggy-connectors/runtime";
import { EXIT } from "./exit-codes.ts";

/** `iggy-connectors schemas`: one file per kind of configuration file. */
export async function writeSchemas(folder: string): Promise<number> {
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
