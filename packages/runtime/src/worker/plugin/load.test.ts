import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { FatalError, RetryableError, type SinkDefinition } from "@iggy-connectors/sdk";
import { useUpDescriptors } from "@iggy-connectors/test-support";
import { sinkDefinition, sourceDefinition } from "../../../test/task/plugins.ts";
import { taskSpec } from "../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { loadPlugin } from "./load.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-plugin-"));
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const GOOD = `
import { defineSink, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "mine", version: "2.1.0", description: "Mine", schemas: ["json", "raw"], delivery: "at-least-once",
  config: z.object({ url: z.string(), token: secret().optional(), size: z.number().default(5) }),
  create: (config: { url: string; size: number }) => ({ async consume(): Promise<void> { void config; } }),
});
`;

async function specFor(name: string, content: string, changes: Partial<TaskSpec> = {}): Promise<TaskSpec> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return {
    ...taskSpec(sinkDefinition(() => ({ async consume() {} }))),
    plugin: { path: `./${name}`, url: pathToFileURL(path).href },
    pluginConfig: { url: "http://localhost" },
    file: "connectors/mine.toml",
    ...changes,
  };
}

async function failure(spec: TaskSpec): Promise<FatalError> {
  try {
    await loadPlugin(spec);
  } catch (error) {
    assert.ok(error instanceof FatalError, String(error));
    return error;
  }
  return assert.fail("the plugin was loaded");
}

describe("loading a plugin", () => {
  it("gives text from the environment the type that the schema requires, and leaves values of the file as they are", async () => {
    const changes = {
      pluginConfig: { url: "5", token: "12345", size: "7" },
      environmentText: [["url"], ["token"], ["size"]],
    };
    const { config } = await loadPlugin(await specFor("texts.ts", GOOD, changes));
    assert.deepEqual(config, { url: "5", token: "12345", size: 7 });
    const error = await failure(await specFor("texts.ts", GOOD, { ...changes, environmentText: [["url"]] }));
    assert.equal(error.code, "IGC_CONFIG_PLUGIN");
  });

  it("is tried again where no descriptor was left for the plugin's file", async (t) => {
    const spec = await specFor("later.ts", GOOD);
    {
      using usedUp = useUpDescriptors();
      if (usedUp === undefined) return t.skip("this system cannot limit the descriptors of a running process");
      await assert.rejects(loadPlugin(spec), (error) => {
        assert.ok(error instanceof RetryableError, String(error));
        assert.equal(error.code, "IGC_PLUGIN_DESCRIPTORS");
        return true;
      });
    }
    assert.equal((await loadPlugin(await specFor("later-again.ts", GOOD))).type, "sink");
  });

  it("names a key that the schema does not have, where that is an error", async () => {
    const pluginConfig = { url: "u", tokn: "secret" };
    assert.equal((await loadPlugin(await specFor("lax.ts", GOOD, { pluginConfig }))).type, "sink");
    const error = await failure(await specFor("strict.ts", GOOD, { pluginConfig, strict: true }));
    assert.equal(error.code, "IGC_CONFIG_UNKNOWN_KEY");
    assert.equal(error.fix, "did you mean token?");
    assert.equal(error.place, "connectors/mine.toml plugin_config.tokn");
  });

  it("lets a source run in several tasks only where it divides its work among them", async () => {
    const source = (tasks: boolean) => `import { defineSource } from "@iggy-connectors/sdk";
import { z } from "zod";
export default defineSource({
  name: "made", version: "1.0.0", description: "Made", schemas: ["json", "raw"], delivery: "at-least-once", tasks: ${tasks},
  config: z.object({ url: z.string() }), create: () => ({ async poll() { return { messages: [] }; } }),
});`;
    const changes = { type: "source", tasks: 2, sinkStreams: [] } as const;
    const error = await failure(await specFor("alone.ts", source(false), changes));
    assert.equal(error.code, "IGC_CONFIG_TASKS");
    assert.equal((await loadPlugin(await specFor("shared.ts", source(true), changes))).type, "source");
  });

  it("runs a TypeScript file from any folder, with our SDK and zod, and applies the schema's defaults", async () => {
    const plugin = await loadPlugin(await specFor("good.ts", GOOD));
    assert.equal(plugin.type, "sink");
    assert.deepEqual(plugin.config, { url: "http://localhost", size: 5 });
    const { configSchema, ...description } = plugin.description;
    assert.deepEqual(description, {
      name: "mine",
      version: "2.1.0",
      description: "Mine",
      delivery: "at-least-once",
      schemas: ["json", "raw"],
      effectiveDelivery: "at-least-once",
    });
    const { properties, required } = configSchema as {
      properties: Record<string, { secret?: boolean }>;
      required: string[];
    };
    assert.deepEqual(Object.keys(properties), ["url", "token", "size"]);
    assert.equal(properties.token?.secret, true);
    assert.deepEqual(required, ["url"]);
  });

  it("describes the delivery guarantee of a sink with this configuration", async () => {
    const text = GOOD.replace(
      "config:",
      'deliveryOf: ({ size }) => (size > 5 ? "exactly-once" : "at-most-once"),\n  config:',
    );
    assert.notEqual(text, GOOD);
    for (const [size, delivery] of [
      [5, "at-most-once"],
      [6, "exactly-once"],
    ] as const) {
      const spec = await specFor(`promise-${size}.ts`, text, { pluginConfig: { url: "http://localhost", size } });
      const { description } = await loadPlugin(spec);
      assert.deepEqual([description.delivery, description.effectiveDelivery], ["at-least-once", delivery]);
    }
  });

  it("prefers the plugin's own copy of a package", async () => {
    const own = join(folder, "own", "node_modules", "zod");
    await mkdir(own, { recursive: true });
    await writeFile(join(own, "package.json"), '{"name":"zod","type":"module","exports":"./index.js"}');
    await writeFile(join(own, "index.js"), "export const whose = 'own';");
    const spec = await specFor(
      "own/plugin.ts",
      'import { whose } from "zod";\nif (whose !== "own") throw new Error("not its own");\nexport default 1;',
    );
    assert.equal((await failure(spec)).code, "IGC_PLUGIN_NOT_A_CONNECTOR");
  });

  it("names every wrong key of the configuration and the file", async () => {
    const error = await failure(await specFor("config.ts", GOOD, { pluginConfig: { url: 5, size: "x" } }));
    assert.equal(error.code, "IGC_CONFIG_PLUGIN");
    assert.equal(error.place, "connectors/mine.toml plugin_config.url");
    assert.match(error.message, /plugin_config\.url: /);
    assert.match(error.message, /plugin_config\.size: /);
  });

  it("rejects a stream's schema that the plugin does not support", async () => {
    const spec = await specFor("schema.ts", GOOD);
    const error = await failure({ ...spec, sinkStreams: [{ ...spec.sinkStreams[0]!, schema: "text" }] });
    assert.equal(error.code, "IGC_CONFIG_SCHEMA");
    assert.equal(error.place, "connectors/mine.toml streams[0].schema");
    assert.match(error.fix ?? "", /"json" or "raw"/);
  });

  const cases: readonly (readonly [string, string, string, string, RegExp])[] = [
    ["has no default export", "none.ts", "export const x = 1;", "IGC_PLUGIN_NO_DEFAULT_EXPORT", /default export/],
    [
      "is not a connector",
      "not.ts",
      "export default { type: 'sink' };",
      "IGC_PLUGIN_NOT_A_CONNECTOR",
      /not a connector/,
    ],
    ["has syntax that cannot be erased", "enum.ts", "\nenum A { B }\n", "IGC_PLUGIN_TYPESCRIPT", /enum/],
    [
      "has a syntax error in TypeScript",
      "broken.ts",
      "\nconst a: number = ;",
      "IGC_PLUGIN_SYNTAX",
      /Expression expected/,
    ],
    ["has a syntax error in JavaScript", "broken.mjs", "\n\nconst a = ;", "IGC_PLUGIN_SYNTAX", /Unexpected token/],
    [
      "imports what is not installed",
      "imports.ts",
      'import "not-installed-here";',
      "IGC_PLUGIN_IMPORT",
      /not-installed-here/,
    ],
    ["throws while it is loaded", "throws.ts", 'throw new Error("no licence");', "IGC_PLUGIN_LOAD", /no licence/],
    ["is not a module", "plugin.so", "binary", "IGC_PLUGIN_NOT_A_MODULE", /\.so/],
  ];
  for (const [what, name, content, code, message] of cases) {
    it(`reports that a file ${what}`, async () => {
      const error = await failure(await specFor(name, content));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.fix !== undefined);
    });
  }

  it("gives the line of a syntax error", async () => {
    const error = await failure(await specFor("line.ts", "const a = 1;\n\nenum A { B }\n"));
    assert.match(error.place ?? "", /line\.ts:3$/);
  });

  it("reports that a file or an entry module is missing", async () => {
    const spec = await specFor("there.ts", GOOD);
    const url = pathToFileURL(join(folder, "missing.ts")).href;
    assert.equal((await failure({ ...spec, plugin: { path: "x", url } })).code, "IGC_PLUGIN_NOT_FOUND");
    const directory = pathToFileURL(`${folder}/`).href;
    assert.equal((await failure({ ...spec, plugin: { path: "x", url: directory } })).code, "IGC_PLUGIN_NOT_FOUND");
  });

  it("reports that the connector is of the other type", async () => {
    const spec = taskSpec(sourceDefinition(() => ({ poll: async () => ({ messages: [] }) })));
    const error = await failure({ ...spec, type: "sink" });
    assert.equal(error.code, "IGC_PLUGIN_WRONG_TYPE");
    assert.match(error.fix ?? "", /type = "source"/);
  });

  it("reports that a configuration schema cannot be described", async () => {
    const definition = sinkDefinition(() => ({ async consume() {} }));
    const config: SinkDefinition["config"] = {
      "~standard": {
        ...definition.config["~standard"],
        jsonSchema: {
          input() {
            throw new Error("bigint cannot be represented");
          },
          output: () => ({}),
        },
      },
    };
    assert.equal((await failure(taskSpec({ ...definition, config }))).code, "IGC_PLUGIN_SCHEMA");
  });
});
