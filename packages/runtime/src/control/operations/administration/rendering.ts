import { stringify as toToml } from "smol-toml";
import { printExactJson } from "../../../shared/exact-json.ts";
import { isTable } from "../../../shared/key-path.ts";
import { fitsToml } from "../../config/document/tables.ts";
import { Refusal } from "../refusal.ts";

export type ConfigFormat = "json" | "yaml" | "toml" | "text";

export const CONFIG_FORMATS = ["json", "yaml", "toml", "text"] as const satisfies readonly ConfigFormat[];

const CONTENT_TYPES: Readonly<Record<ConfigFormat, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  toml: "application/toml",
  text: "text/plain",
};

export interface Rendered {
  readonly text: string;
  readonly contentType: string;
}

/** Settings as text; `text` is JSON, as in the original. Throws `Refusal` where TOML cannot express it. */
export async function render(config: unknown, format: ConfigFormat): Promise<Rendered> {
  return { text: await textOf(config, format), contentType: CONTENT_TYPES[format] };
}

async function textOf(config: unknown, format: ConfigFormat): Promise<string> {
  switch (format) {
    case "yaml":
      return (await import("yaml")).stringify(config);
    case "toml":
      if (!isTable(config) || !fitsToml(config)) {
        const reason = "it contains null, or an integer of more than 64 bits";
        throw new Refusal("invalid", `The plugin configuration cannot be converted to TOML: ${reason}`, {
          code: "error",
          fix: "use ?format=json or ?format=yaml",
        });
      }
      return toToml(config);
    default:
      return printExactJson(config, 2);
  }
}
