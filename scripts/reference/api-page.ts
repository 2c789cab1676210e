import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startRuntime } from "@iggy-connectors/runtime";
import { temporaryFolder } from "@iggy-connectors/testing";
import { alignTable } from "./align-table.ts";

const reference = (name: string): string => fileURLToPath(new URL(`../../docs/reference/${name}`, import.meta.url));
export const DOCUMENT = reference("openapi.json");
export const PAGE = reference("api.md");

interface Operation {
  readonly tags: readonly [string];
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
}

interface ApiDocument {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const INTRODUCTION = `# HTTP API

Made by \`npm run reference\` from the routes. A running runtime serves the whole description, with every parameter, body and
answer, as OpenAPI 3.1 at \`/openapi.json\` and as a page at \`/docs\`; a copy is [openapi.json](openapi.json).

With \`http.api_key\` every request carries it in the header \`api-key\`, except to the paths that are marked public. Answers that
are no success have a JSON body with \`code\` and \`reason\`, and where they say more \`place\`, \`fix\` and \`details\`; 401, 405 and 404
for a path that does not exist have none. Beyond what the tables name, 400 says that a request is not valid, 413 that its body
is larger than \`http.max_body_size\`, 415 that it is no JSON. Keys are percent-encoded.
`;

const COMMON = new Set(["400", "401", "413", "415"]);

/** The document as a runtime with a key and metrics serves it. */
export async function apiDocument(): Promise<ApiDocument> {
  await using folder = await temporaryFolder();
  const runtime = await startRuntime({
    workingDirectory: folder.path,
    env: {},
    onLog: () => {},
    config: {
      http: { address: "127.0.0.1:0", api_key: "a-key", metrics: { enabled: true } },
      connectors: { config_dir: "connectors", reload: false },
    },
  });
  try {
    return (await (await fetch(`http://${runtime.address}/openapi.json`)).json()) as ApiDocument;
  } finally {
    await runtime.stop();
  }
}

export function apiPage({ tags, paths }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const rows = operations
      .filter(({ operation }) => operation.tags[0] === name)
      .map(({ path, method, operation: { summary, security, responses } }) => {
        const statuses = Object.keys(responses).filter((status) => !COMMON.has(status));
        return `| \`${method} ${path}\` | ${summary}${security?.length === 0 ? " (public)" : ""} | ${statuses.join(", ")} |`;
      });
    const table = ["| Request | Purpose | Answers |", "| --- | --- | --- |", ...rows].join("\n");
    return `## ${name}\n\n${description}\n\n${alignTable(table).trimEnd()}`;
  });
  return `${[INTRODUCTION, ...sections].map((part) => part.trimEnd()).join("\n\n")}\n`;
}

export function documentText(document: ApiDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

export function present(file: string): string {
  return readFileSync(file, "utf8");
}
