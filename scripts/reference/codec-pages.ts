import { avroKeys, flatBufferKeys, protoKeys, registryKeys } from "@iggy-connectors/codecs";
import { stringifyJson } from "@iggy-connectors/sdk";
import { z } from "zod";
import { CODEC_EXAMPLES, type CodecExample } from "./codec-examples.ts";
import { CODEC_TEXTS, OVERVIEW } from "./codec-texts.ts";
import { type SchemaNode, settingsTable, tomlKey, tomlValue } from "./settings-table.ts";

const GENERATED = "<!-- Made by `npm run reference` from the codecs' keys and examples: change those. -->\n";

const KEYS = { proto: protoKeys, avro: avroKeys, flat_buffer: flatBufferKeys, schema_registry: registryKeys } as const;

/** The reference pages of the formats of messages, by their file's name. */
export function codecPages(): ReadonlyMap<string, string> {
  const pages = new Map([["README.md", `${GENERATED}\n${OVERVIEW}`]]);
  for (const [name, keys] of Object.entries(KEYS)) {
    const schema = z.toJSONSchema(z.object(keys), { io: "input" }) as SchemaNode;
    const examples = CODEC_EXAMPLES.filter((example) => pageOf(example) === name);
    const { introduction, notes } = CODEC_TEXTS[name as keyof typeof KEYS];
    const parts = [
      GENERATED,
      introduction,
      "## Keys\n",
      settingsTable(schema),
      ...(examples.length === 0 ? [] : ["## Examples\n", ...examples.map(exampleText)]),
      notes,
    ];
    pages.set(
      `${name}.md`,
      `${parts
        .join("\n")
        .replace(/\n{3,}/g, "\n\n")
        .trimEnd()}\n`,
    );
  }
  return pages;
}

function pageOf({ schema, registered }: CodecExample): string {
  return registered === undefined ? schema : "schema_registry";
}

function exampleText({
  title,
  schema,
  keys,
  files,
  compiled = {},
  registered = [],
  value,
  hex,
  readOnly,
}: CodecExample): string {
  const lines = ["[[streams]]", `schema = ${tomlValue(schema)}`];
  for (const [key, setting] of Object.entries(keys)) lines.push(`${tomlKey(key)} = ${tomlValue(setting)}`);
  const shown = [
    ...Object.entries(files).map(([path, text]) => block(`\`${path}\`:`, text)),
    ...Object.entries(compiled).map(([path, { command }]) => block(`\`${path}\` is made of it by`, command)),
    ...registered.map(({ subject, type, text }, index) =>
      block(`Subject \`${subject}\` of the registry has, as its schema ${index + 1} (${type}),`, text),
    ),
  ];
  const direction = readOnly === true ? "is read as" : "is read as, and written from,";
  return [
    `### ${title}\n`,
    `\`\`\`toml\n${lines.join("\n")}\n\`\`\`\n`,
    ...shown,
    block("A payload of these bytes, in hexadecimal digits,", hex),
    `${direction}\n\n\`\`\`json\n${stringifyJson(value)}\n\`\`\`\n`,
  ].join("\n");
}

function block(introduction: string, text: string): string {
  return `${introduction}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}
