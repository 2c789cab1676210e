import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sinkFileTree, sourceFileTree } from "../../packages/runtime/src/control/config/connector-files/schema.ts";
import { runtimeFileTree } from "../../packages/runtime/src/control/config/runtime-file/schema.ts";
import { alignTable } from "./align-table.ts";
import { type SchemaNode, settingsTable } from "./settings-table.ts";

export const PAGE = fileURLToPath(new URL("../../docs/reference/configuration.md", import.meta.url));

const INTRODUCTION = `# Configuration keys

Made by \`npm run reference\` from the schemas that check the files. How files, environment and versions work together is in
[Configuration](../configuration.md).

A duration is a number with a unit (\`"500ms"\`, \`"1h 30m"\`), a size likewise (\`"16MiB"\`); \`"0"\` means none. A key is set by the
environment as \`IGGY_CONNECTORS_\` and its path in capitals with \`_\` between: \`IGGY_CONNECTORS_HTTP_ADDRESS\`,
\`IGGY_CONNECTORS_SINK_<KEY>_STREAMS_0_BATCH_LENGTH\`.
`;

/** The page of all configuration keys, as the schemas say. */
export function configurationPage(): string {
  const section = (title: string, tree: unknown): string =>
    `\n## ${title}\n\n${alignTable(settingsTable(tree as SchemaNode))}`;
  return (
    INTRODUCTION +
    section("Runtime", runtimeFileTree) +
    section("Sink", sinkFileTree) +
    section("Source", sourceFileTree)
  );
}

export const presentPage = (): string => readFileSync(PAGE, "utf8");
