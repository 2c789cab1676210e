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

Generated from the routes by \`npm run reference\`. A running runtime serves the complete description, with all parameters, bodies
and responses, as OpenAPI 3.1 at \`/openapi.json\` and as a page at \`/docs\`. A copy is [openapi.json](openapi.json).

If \`http.api_key\` is set, every request must carry it in the header \`api-key\`, except for the paths marked as public. Error
responses have a JSON body with \`code\` and \`reason\`, and optionally \`place\`, \`fix\` and \`details\`. The responses 401 and 405, and
404 for a path that does not exist, have no body. In addition to the status codes in the tables, 400 means that the request is
invalid, 413 that its body is larger than \`http.max_body_size\`, and 415 that its body is not JSON. Keys are percent-encoded in
paths.
`;

const COMMON = new Set(["400", "401", "403", "413", "415"]);

/** The document that a runtime with an API key and metrics serves. */
export async function apiDocument(): Promise<ApiDocument> {
  await using folder = await temporaryFolder();
  const runtime = await startRuntime({
    workingDirectory: folder.path,
    env: {},
    onLog: () => {},
    config: {
      http: { address: "127.0.0.1:0", api_key: "a-key", metrics: { enabled: true } },
      connectors: { config_dir: ".", reload: false },
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
    const table = ["| Request | Description | Responses |", "| --- | --- | --- |", ...rows].join("\n");
    return `## ${name}\n\n${description}\n\n${alignTable(table).trimEnd()}`;
  });
  return `${[INTRODUCTION, ...sections].map((part) => part.trimEnd()).join("\n\n")}\n`;
}

export function documentText(document: ApiDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

export function currentText(file: string): string {
  return readFileSync(file, "utf8");
}
