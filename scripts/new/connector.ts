import { camelCased, hyphenated, pascalCased, type Scaffold } from "./scaffold.ts";

type Type = "sink" | "source";

/** A connector that speaks to one HTTP endpoint, with a test of each answer and a page. */
export function connector(type: Type, name: string): Scaffold {
  const folder = `connectors/${type}s/${name}`;
  const parts = type === "sink" ? sinkFiles(name) : sourceFiles(name);
  return {
    files: Object.fromEntries(
      Object.entries({ "package.json": manifest(type, name), "README.md": page(type, name), ...parts }).map(
        ([path, text]) => [`${folder}/${path}`, text],
      ),
    ),
    lines: [
      {
        file: "packages/cli/package.json",
        within: `"dependencies"`,
        before: `"commander"`,
        line: `    "@iggy-connectors/${type}-${hyphenated(name)}": "0.1.0",`,
      },
    ],
    next: [
      `write it: ${folder}/src; its page: ${folder}/README.md`,
      "npm install registers the package; npm run reference writes the table of its options",
      `README.md: a line in the table of connectors`,
      `tests/conformance/${type}s.test.ts: the connector, killed at every step`,
      `npm test -- ${folder}`,
    ],
  };
}

function manifest(type: Type, name: string): string {
  return `${JSON.stringify(
    {
      name: `@iggy-connectors/${type}-${hyphenated(name)}`,
      version: "0.1.0",
      description: `${name} ${type}`,
      license: "Apache-2.0",
      type: "module",
      engines: { node: ">=24" },
      exports: {
        ".": { "iggy-source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
      },
      files: ["dist"],
      dependencies: { "@iggy-connectors/sdk": "0.1.0", zod: "4.6.7" },
      devDependencies: { "@iggy-connectors/testing": "0.1.0" },
    },
    null,
    2,
  )}\n`;
}

function page(type: Type, name: string): string {
  const streams =
    type === "sink"
      ? 'stream = "example_stream"\ntopics = ["example_topic"]\nschema = "json"'
      : 'stream = "example_stream"\ntopic = "example_topic"\nschema = "json"';
  return `# ${pascalCased(name)} ${type}

What it is for, in one sentence.

\`\`\`toml
type = "${type}"
key = "${name}"
enabled = true
version = 0
name = "${pascalCased(name)} ${type}"
path = "${name}"

[[streams]]
${streams}

[plugin_config]
url = "http://127.0.0.1:9000/"
\`\`\`

## Options

<!-- options: made by \`npm run reference\` from src/config.ts -->
<!-- /options -->

## Delivery

At least once: which messages may come again, and how the other side recognises them.

## Code

Begin reading at \`src/index.ts\`.
`;
}

function config(type: Type, name: string): string {
  const schema = `${camelCased(name)}${pascalCased(type)}Config`;
  return `import { z } from "zod";

export const ${schema} = z.object({
  url: z.url().describe("Address of the endpoint.").meta({ example: "http://127.0.0.1:9000/" }),
});

export type ${pascalCased(name)}${pascalCased(type)}Config = z.infer<typeof ${schema}>;
`;
}

function sinkFiles(name: string): Record<string, string> {
  const file = hyphenated(name);
  const Name = pascalCased(name);
  return {
    "src/config.ts": config("sink", name),
    "src/index.ts": `import { defineSink } from "@iggy-connectors/sdk";
import { ${camelCased(name)}SinkConfig } from "./config.ts";
import { ${Name}Sink } from "./${file}-sink.ts";

export default defineSink({
  name: "${name}",
  version: "0.1.0",
  description: "Posts batches as lines of JSON",
  schemas: ["json"],
  delivery: "at-least-once",
  config: ${camelCased(name)}SinkConfig,
  create: (config) => new ${Name}Sink(config),
});
`,
    [`src/${file}-sink.ts`]: `import { type ConsumeContext, type MessageBatch, RetryableError, type Sink } from "@iggy-connectors/sdk";
import type { ${Name}SinkConfig } from "./config.ts";

/** Posts each batch in one request. */
export class ${Name}Sink implements Sink {
  readonly #url: string;

  constructor({ url }: ${Name}SinkConfig) {
    this.#url = url;
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<void> {
    const response = await fetch(this.#url, { method: "POST", body: batch.toLines(), signal });
    await response.arrayBuffer();
    if (!response.ok) throw new RetryableError(\`\${this.#url} answered \${response.status}\`);
  }
}
`,
    [`src/${file}-sink.test.ts`]: `import assert from "node:assert/strict";
import { test } from "node:test";
import { isRetryable } from "@iggy-connectors/sdk";
import { batchOf, HttpDestination, openSink } from "@iggy-connectors/testing";
import sink from "./index.ts";

test("a batch is posted as lines; a destination that answers an error is asked again", async (t) => {
  await using destination = await HttpDestination.start();
  destination.script.push({ status: 200 }, { status: 503 });
  const { consume } = await openSink(t, sink, { url: destination.url });
  await consume(batchOf(['{"n":1}', '{"n":2}']));
  assert.deepEqual(destination.bodies(), ['{"n":1}\\n{"n":2}\\n']);
  await assert.rejects(consume(batchOf(['{"n":3}'])), isRetryable);
});
`,
  };
}

function sourceFiles(name: string): Record<string, string> {
  const file = hyphenated(name);
  const Name = pascalCased(name);
  return {
    "src/config.ts": config("source", name),
    "src/index.ts": `import { defineSource } from "@iggy-connectors/sdk";
import { ${camelCased(name)}SourceConfig } from "./config.ts";
import { ${Name}Source, type ${Name}SourceState } from "./${file}-source.ts";

export default defineSource<typeof ${camelCased(name)}SourceConfig, ${Name}SourceState>({
  name: "${name}",
  version: "0.1.0",
  description: "Fetches JSON records by their number",
  schemas: ["json"],
  delivery: "at-least-once",
  config: ${camelCased(name)}SourceConfig,
  create: (config) => new ${Name}Source(config),
});
`,
    [`src/${file}-source.ts`]: `import { type PollContext, type ProducedBatch, RetryableError, type Source } from "@iggy-connectors/sdk";
import type { ${Name}SourceConfig } from "./config.ts";

/** How far it has come: the number of the next record. */
export interface ${Name}SourceState {
  readonly next: number;
}

/** Asks for one record at a time; an answer without one (204) means that there is none yet. */
export class ${Name}Source implements Source<${Name}SourceState> {
  readonly #url: string;

  constructor({ url }: ${Name}SourceConfig) {
    this.#url = url;
  }

  async poll({ checkpoint, signal }: PollContext<${Name}SourceState>): Promise<ProducedBatch<${Name}SourceState>> {
    const next = checkpoint?.next ?? 0;
    const response = await fetch(new URL(String(next), this.#url), { signal });
    const payload = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new RetryableError(\`\${this.#url} answered \${response.status}\`);
    if (payload.length === 0) return { messages: [] };
    return { messages: [{ payload, id: BigInt(next) + 1n }], checkpoint: { next: next + 1 }, more: true };
  }
}
`,
    [`src/${file}-source.test.ts`]: `import assert from "node:assert/strict";
import { test } from "node:test";
import { isRetryable, messageList } from "@iggy-connectors/sdk";
import { HttpDestination, pollContext } from "@iggy-connectors/testing";
import { ${Name}Source } from "./${file}-source.ts";

test("a record is fetched by the number in the checkpoint; none and errors leave the checkpoint as it is", async () => {
  await using origin = await HttpDestination.start();
  origin.script.push({ status: 200, body: '{"n":7}' }, { status: 204 }, { status: 503 });
  const source = new ${Name}Source({ url: origin.url });
  const { messages, checkpoint } = await source.poll(pollContext({ next: 7 }));
  const payloads = messageList(messages).map(({ payload }) => Buffer.from(payload as Uint8Array).toString());
  assert.deepEqual(payloads, ['{"n":7}']);
  assert.deepEqual(checkpoint, { next: 8 });
  assert.deepEqual(await source.poll(pollContext({ next: 8 })), { messages: [] });
  await assert.rejects(source.poll(pollContext({ next: 8 })), isRetryable);
});
`,
  };
}
