import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { SinkDefinition, SourceDefinition } from "@iggy-connectors/sdk";
import { alignTable } from "./align-table.ts";
import { type SchemaNode, settingsTable } from "./settings-table.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BEGIN = "<!-- options: made by `npm run reference` from src/config.ts -->\n";
const END = "<!-- /options -->";

export interface ConnectorPage {
  readonly path: string;
  readonly definition: SinkDefinition | SourceDefinition;
  readonly text: string;
  /** The text with the table of options that the schema gives. */
  readonly current: string;
}

/** The pages of connectors that contain the markers of the table of options. */
export async function connectorPages(): Promise<ConnectorPage[]> {
  const pages: ConnectorPage[] = [];
  for (const path of globSync("connectors/*/*/README.md", { cwd: ROOT }).sort()) {
    const text = readFileSync(join(ROOT, path), "utf8");
    const begin = text.indexOf(BEGIN);
    const end = text.indexOf(END);
    if (begin < 0 || end < begin) continue;
    const module = await import(pathToFileURL(join(ROOT, dirname(path), "src", "index.ts")).href);
    const definition = module.default as SinkDefinition | SourceDefinition;
    const schema = definition.config["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    const table = alignTable(settingsTable(schema as SchemaNode));
    pages.push({
      path: join(ROOT, path),
      definition,
      text,
      current: `${text.slice(0, begin)}${BEGIN}\n${table}\n${text.slice(end)}`,
    });
  }
  return pages;
}
