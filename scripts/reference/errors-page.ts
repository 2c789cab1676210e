import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES as IGGY_CODES } from "@iggy-connectors/protocol";
import { type ErrorCodeEntry, registeredCodes } from "../../packages/cli/src/errors/registered-codes.ts";

export const ERRORS_PAGE = fileURLToPath(new URL("../../docs/reference/errors.md", import.meta.url));

const INTRODUCTION = `# Error codes

Made by \`npm run reference\` from the registries of the packages. \`iggy-connectors explain CODE\` prints the entry of one code.

A code is \`IGC_<AREA>_<NAME>\`. It is stable: texts change, codes do not. Errors carry beside it a place (file, line, key or
offset) and what to do, where that is known.
`;

/** What begins a code, with the heading of its section, in the order of the page. */
const AREAS: readonly (readonly [prefix: string, title: string])[] = [
  ["IGC_CONFIG_", "Configuration"],
  ["IGC_PLUGIN_", "Plugins"],
  ["IGC_IGGY_", "Iggy"],
  ["IGC_DECODE_", "Decoding"],
  ["IGC_TRANSFORM_", "Transforms"],
  ["IGC_SINK_", "Sinks"],
  ["IGC_SOURCE_", "Sources"],
  ["IGC_STATE_", "State, offsets and dead letters"],
  ["IGC_HTTP_", "HTTP"],
  ["IGC_SERVER_", "Embedded server"],
];

export async function errorsPage(): Promise<string> {
  const codes = [...(await registeredCodes())].sort(([left], [right]) => (left < right ? -1 : 1));
  const sections = AREAS.map(([prefix, title]) => {
    const entries = codes.filter(([code]) => code.startsWith(prefix)).map(entryText);
    return [`## ${title}`, ...(prefix === "IGC_IGGY_" ? [iggyText(), ...entries] : entries)].join("\n\n");
  });
  return `${INTRODUCTION}\n${sections.join("\n\n")}\n`;
}

function entryText([code, { meaning, cause, fix }]: [string, ErrorCodeEntry]): string {
  return `### ${code}\n\n${meaning}\n\n- **Cause:** ${cause}\n- **What to do:** ${fix}`;
}

function iggyText(): string {
  const names = Object.entries(IGGY_CODES).map(([number, { name }]) => `\`${name}\` (${number})`);
  return `An error of the Iggy server, or of the connection to it, has the code \`IGC_IGGY_\` followed by Iggy's own name of the
error in capitals: \`TopicNameNotFound\` is \`IGC_IGGY_TOPIC_NAME_NOT_FOUND\`. The names, with Iggy's numbers: ${names.join(", ")}.`;
}

export const currentErrorsPage = (): string => readFileSync(ERRORS_PAGE, "utf8");
