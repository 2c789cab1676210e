import { camelCased, hyphenated, pascalCased, type Scaffold } from "./scaffold.ts";

/** The folders of `packages/protocol/src/vsr/commands`. */
export const SUBJECTS = [
  "streams",
  "topics",
  "messages",
  "offsets",
  "groups",
  "users",
  "tokens",
  "system",
  "session",
] as const;

/** A command that reads: its code, a request with an id, and a response that may be empty. */
export function wireCommand(command: string, subject: (typeof SUBJECTS)[number], code: number): Scaffold {
  const file = hyphenated(command);
  const name = camelCased(command);
  const request = `${pascalCased(command)}Request`;
  const path = `packages/protocol/src/vsr/commands/${subject}/${file}.ts`;
  return {
    files: {
      [path]: `import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";

/* request: id u32 · response: value u64; empty when it does not exist */

export interface ${request} {
  readonly id: number;
}

export const ${name}: Command<${request}, bigint | undefined> = {
  name: "${command}",
  operation: OPERATION.nonReplicated,
  code: ${code},
  encodeRequest(writer, { id }) {
    writer.u32(id);
  },
  decodeRequest(reader) {
    return { id: reader.u32() };
  },
  encodeResponse(writer, value) {
    if (value !== undefined) writer.u64(value);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : reader.u64();
  },
};
`,
    },
    lines: [
      {
        file: "packages/protocol/src/vsr/commands/index.ts",
        before: "export * from",
        line: `export * from "./${subject}/${file}.ts";`,
      },
    ],
    next: [
      `write the layout of the command: ${path}; npm run format sorts the list beside it`,
      `packages/protocol/test/properties/arbitraries.ts: an entry ${command} in EXCHANGES; the property tests ask for it`,
      `packages/client/src/commands/: a method, if users may call it`,
      `packages/server/src/handlers/commands/: a route, or the reason for none in routes.test.ts`,
      "packages/protocol/src/legacy/commands/index.ts: a line, if servers of 0.7 and 0.8 know it",
      "npm test -- packages/protocol packages/server packages/client",
    ],
  };
}
