import { stringifyJson } from "@iggy-connectors/sdk";
import type { ExampleMessage, TransformDefinition, TransformExample } from "@iggy-connectors/transforms";
import { CATALOG, TRANSFORMS, transformJsonSchema } from "@iggy-connectors/transforms/definitions";
import { settingsTable, tomlKey, tomlValue } from "./settings-table.ts";

const GENERATED = "<!-- Made by `npm run reference` from the transforms' definitions: change those. -->\n";

/** Titles of the groups that transforms belong to. */
const GROUP_TITLES: Readonly<Record<string, string>> = {
  fields: "Fields",
  values: "Values",
  headers: "Headers and metadata",
  messages: "Messages",
  formats: "Formats",
};

/** The reference pages of all transforms, by their file's name. */
export function transformPages(): ReadonlyMap<string, string> {
  const pages = new Map<string, string>([["README.md", overview()]]);
  for (const definition of TRANSFORMS.values()) pages.set(`${definition.type}.md`, page(definition));
  return pages;
}

function page(definition: TransformDefinition): string {
  const { type, description, notes = [], examples } = definition;
  const shown = new Set<string>();
  return [
    GENERATED,
    `# ${type}\n`,
    `${description}\n`,
    "## Keys\n",
    settingsTable(transformJsonSchema(type)),
    "`name`, `enabled`, `when` and `on_error` are [common to all transforms](README.md#every-step).\n",
    ...(examples.length === 0
      ? []
      : ["## Examples\n", ...examples.map((example) => exampleText(type, example, shown))]),
    ...(notes.length === 0 ? [] : ["## Notes\n", ...notes.map((note) => `${note}\n`)]),
  ]
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
}

/** A module that was shown before is not shown again. */
function exampleText(type: string, example: TransformExample, shown: Set<string>): string {
  const { title, settings, files = {}, common = {}, input, output } = example;
  const lines = ["[[transforms]]", `type = ${tomlValue(type)}`];
  for (const [key, value] of Object.entries({ ...common, ...settings }))
    lines.push(`${tomlKey(key)} = ${tomlValue(value)}`);
  const results = Array.isArray(output) ? (output as readonly ExampleMessage[]) : undefined;
  const outcome =
    results === undefined
      ? `fails with \`${(output as { readonly error: string }).error}\`.`
      : results.length === 0
        ? "is left out."
        : `becomes\n\n${results.map(messageText).join("\n")}`;
  const modules = Object.entries(files).filter(([path]) => !shown.has(path));
  for (const [path] of modules) shown.add(path);
  const code = modules.map(([path, text]) => `\`${path}\`:\n\n\`\`\`ts\n${text.trimEnd()}\n\`\`\`\n\n`).join("");
  return `### ${title}\n\n\`\`\`toml\n${lines.join("\n")}\n\`\`\`\n\n${code}${messageText(input)}\n${outcome}\n`;
}

function messageText({ json, text, hex, kind, headers, target }: ExampleMessage): string {
  const bytes = hex === undefined ? "" : ` (${kind ?? "raw"}, hexadecimal)`;
  const body = hex ?? text ?? stringifyJson(json);
  const extras = [
    ...(headers === undefined ? [] : [`headers \`${stringifyJson(headers)}\``]),
    ...(target === undefined ? [] : [`stream \`${target}\``]),
  ];
  const language = hex === undefined && text === undefined ? "json" : "text";
  return `\`\`\`${language}\n${body}\n\`\`\`\n${[bytes.trim(), ...extras].filter((part) => part !== "").join(", ")}`
    .trimEnd()
    .concat("\n");
}

function overview(): string {
  const groups = [...new Set([...CATALOG.values()].map(({ group }) => group))];
  const sections = groups.map((name) => {
    const types = [...CATALOG].filter(([, { group }]) => group === name).map(([type]) => type);
    return [
      `### ${GROUP_TITLES[name] ?? name}\n`,
      "| Transform | |",
      "| --- | --- |",
      ...types.map((type) => `| [${type}](${type}.md) | ${firstSentence(TRANSFORMS.get(type)?.description ?? "")} |`),
      "",
    ].join("\n");
  });
  return [GENERATED, INTRODUCTION, "## All transforms\n", ...sections].join("\n");
}

function firstSentence(text: string): string {
  const end = /[.:](?= |$)/.exec(text);
  return end === null ? text : `${text.slice(0, end.index)}.`;
}

const INTRODUCTION = `# Transforms

What happens to each message between Iggy and the plugin: an ordered list, in which a type may repeat.

\`\`\`toml
[[transforms]]
type = "filter"
condition = 'payload.status == "paid"'

[[transforms]]
type = "rename_fields"
fields = { "user.mail" = "mail" }
\`\`\`

The original's form, a table per type (\`[transforms.add_fields]\`), is read, too; \`enabled\` is required there. Its five field transforms
and three conversions keep their keys. Where the original differs:

- It runs the tables in an order that changes from start to start, and takes no list. Here both forms run in the order of the file.
- None of its transforms can leave a message out, look at headers, or reach below the top level.
- It demands every option of the conversions; here each has a default. Unknown keys, which it ignores, are warned about.
- It counts a message that a step fails on as filtered, and loses it; here it goes where \`on_error\` says.

## Every step

| Key | Default | Meaning |
| --- | --- | --- |
| \`type\` | required | one of the types below |
| \`name\` | the type | names the step in errors, dead letters and counters; unique in its connector |
| \`enabled\` | \`true\` | \`false\`: as if it were not there |
| \`when\` | – | CEL expression; messages for which it is not true pass the step unchanged |
| \`on_error\` | the connector's | what happens to a message that the step fails on: \`dead_letter\`, \`skip\`, \`stop\` |

A step that fails fails its message, never the batch; the error names connector, step, field and offset. A message that a step leaves out
counts as filtered. Where a step makes several messages of one, that one is counted: it is delivered when all of its parts are, and
when a part is refused, the original becomes one dead letter.

## Paths

\`user.mail\` is a field of a field, \`items[0].id\` of the first element, \`items[*].id\` of every element. A dot that belongs to a name is
written \`\\.\`. The original's field transforms take names literally, unless \`paths = true\`.

## Expressions

Conditions and \`map\` are [CEL](https://cel.dev). They may use \`payload\`, \`headers\`, \`kind\` (\`"json"\`, \`"text"\`, \`"raw"\` …), \`partition\`,
\`id\`, \`origin_timestamp\`, in sinks \`stream\`, \`topic\`, \`offset\` and \`timestamp\`, in sources \`key\`. JSON numbers are doubles and may be mixed
with whole numbers. Times are microseconds. A field that is missing is an error: ask \`has(payload.field)\` first.
`;
