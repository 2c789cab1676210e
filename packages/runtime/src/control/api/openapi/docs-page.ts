import { createHash } from "node:crypto";
import { isTable, type Table } from "../../../shared/key-path.ts";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 0.9em ui-monospace, monospace; }
pre { overflow: auto; padding: 0.75rem; border: 1px solid #8884; border-radius: 0.25rem; }
details { border-bottom: 1px solid #8884; padding: 0.4rem 0; }
summary { cursor: pointer; }
summary code { margin-right: 0.75rem; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; }
td, th { text-align: left; vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; }
`;

/** Content security policy of the page, which runs no script and loads nothing. */
export const DOCS_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** An OpenAPI document as one self-contained HTML page. */
export function renderDocs(document: Table): string {
  const { info, tags, paths, components } = document as {
    readonly info: { readonly title: string; readonly description: string; readonly version: string };
    readonly tags: readonly { readonly name: string; readonly description: string }[];
    readonly paths: Readonly<Record<string, Readonly<Record<string, Table>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const members = operations.filter(({ operation }) => (operation.tags as readonly string[])[0] === name);
    return `<h2>${escapeHtml(name)}</h2><p>${prose(description)}</p>${members.map(renderOperation).join("")}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(anchor(name))}"><summary><code>${escapeHtml(name)}</code></summary>${schemaBlock(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(info.title)}</title>
<style>${STYLE}</style></head><body>
<h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}</h1><p>${prose(info.description)} The same description for programs: <a href="openapi.json">openapi.json</a>.</p>
${sections.join("\n")}
<h2>Schemas</h2>${schemas.join("")}
</body></html>`;
}

interface ShownOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Table;
}

function renderOperation({ path, method, operation }: ShownOperation): string {
  const { summary, description, parameters, requestBody, responses } = operation;
  const parts = [description === undefined ? "" : `<p>${prose(String(description))}</p>`];
  if (Array.isArray(parameters)) {
    const rows = parameters.map(({ name, in: place, required, description: text, schema }) => [
      `<code>${escapeHtml(name)}</code>`,
      `${escapeHtml(place)}${required === true ? ", required" : ""}`,
      `${prose(text ?? "")} <code>${escapeHtml(JSON.stringify(schema))}</code>`,
    ]);
    parts.push(table(["Parameter", "In", "Description"], rows));
  }
  if (isTable(requestBody)) parts.push(`<p>Body:</p>${contentOf(requestBody)}`);
  const rows = Object.entries(responses as Table).map(([status, answer]) => {
    const { description: text } = answer as { readonly description: string };
    return [`<code>${escapeHtml(status)}</code>`, `${prose(text)} ${contentOf(answer as Table)}`];
  });
  parts.push(table(["Response", "Description"], rows));
  return `<details><summary><b>${escapeHtml(method)}</b><code>${escapeHtml(path)}</code>${prose(String(summary))}</summary>${parts.join("")}</details>`;
}

function contentOf({ content }: Table): string {
  if (!isTable(content)) return "";
  return Object.entries(content)
    .map(([type, media]) => {
      const schema = isTable(media) ? media.schema : undefined;
      const reference = isTable(schema) && typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1)! : undefined;
      if (reference !== undefined) return `<a href="#${escapeHtml(anchor(reference))}">${escapeHtml(reference)}</a>`;
      return `<code>${escapeHtml(type)}</code>${isTable(schema) && Object.keys(schema).length > 1 ? schemaBlock(schema) : ""}`;
    })
    .join(" ");
}

function schemaBlock(schema: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(schema, undefined, 2))}</pre>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<table>${line(head, "th")}${rows.map((row) => line(row, "td")).join("")}</table>`;
}

function anchor(name: string): string {
  return `schema-${name}`;
}

/** Text in which `code` is marked up. */
function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
