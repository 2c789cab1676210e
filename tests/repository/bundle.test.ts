import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { eventually, Killable, temporaryFolder } from "@iggy-connectors/testing";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A plugin as a user writes it: what it imports, and how an error of the SDK looks. */
const PLUGIN = `import { defineSink, parseDuration, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";
let attempts = 0;
export default defineSink({
  name: "own", version: "1.0.0", description: "Says what it sees.",
  schemas: ["json"], delivery: "at-least-once", config: z.object({}),
  create: () => ({
    async consume(batch) {
      attempts += 1;
      if (attempts === 1) throw new RetryableError("not yet");
      let stack;
      try { parseDuration("nonsense"); } catch (error) { stack = error.stack; }
      const from = ["@iggy-connectors/sdk", "@iggy-connectors/http", "zod"].map((name) => import.meta.resolve(name));
      console.log("SAW " + JSON.stringify({ attempts, values: [...batch].map(({ value }) => value), from, stack }));
    },
  }),
});
`;
const SCRIPT = `import { defineScript } from "@iggy-connectors/sdk";
export default defineScript<object>((message) => ({ value: { ...message.value, scripted: true } }));
`;

const connector = (key: string, path: string, rest: string) => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${path}"
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
${rest}`;

describe("the bundle of the command, installed in a project", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let command: string;

  before(async () => {
    folder = await temporaryFolder();
    const modules = join(folder.path, "node_modules");
    command = join(modules, "iggy-connectors");
    await mkdir(command, { recursive: true });
    await run(process.execPath, [join(ROOT, "scripts", "bundle.mjs"), command]);
    await copyFile(join(ROOT, "packages/cli/package.json"), join(command, "package.json"));
    // What npm installs beside it.
    for (const name of await readdir(join(ROOT, "node_modules"))) {
      if (name === "iggy-connectors" || name.startsWith(".")) continue;
      await symlink(join(ROOT, "node_modules", name), join(modules, name), "junction");
    }
  });
  after(() => folder[Symbol.asyncDispose]());

  const main = () => join(command, "dist", "main.js");

  it("runs a connector that came with it, a user's plugin and a script, with one copy of the SDK", async () => {
    await using server = new Killable(main(), {
      arguments: ["server", "--address", "127.0.0.1:0", "--path", join(folder.path, "data")],
    });
    const { address } = await server.ready<{ address: string }>();
    const client = await IggyClient.connect({ address });
    await client.createStream("s");
    await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
    await client.sendMessages({ stream: "s", topic: "t", messages: [{ payload: Buffer.from('{"n":1}') }] });
    await client.close();
    const connectors = join(folder.path, "connectors");
    await mkdir(connectors);
    await writeFile(join(connectors, "own.js"), PLUGIN);
    await writeFile(join(connectors, "script.ts"), SCRIPT);
    await writeFile(join(connectors, "own.toml"), connector("own", "./own.js", ""));
    await writeFile(
      join(connectors, "shown.toml"),
      connector(
        "shown",
        "stdout",
        `[[transforms]]\ntype = "script"\npath = "./script.ts"\n[plugin_config]\nformat = "json_lines"\n`,
      ),
    );
    const config = join(folder.path, "config.toml");
    await writeFile(
      config,
      `[http]\naddress = "127.0.0.1:0"\n[iggy]\naddress = "${address}"\n[state]\npath = ${JSON.stringify(join(folder.path, "state"))}\n[connectors]\nconfig_type = "local"\nconfig_dir = ${JSON.stringify(connectors)}\n`,
    );
    await using runtime = new Killable(main(), { arguments: ["run", "--config", config] });
    await eventually(() => /SAW \{.*\}/.test(runtime.output) && runtime.output.includes('"scripted":true'));
    const line = /SAW (\{.*\})/.exec(runtime.output)?.[1] ?? "";
    const { attempts, values, from, stack } = JSON.parse(line) as {
      readonly attempts: number;
      readonly values: unknown;
      readonly from: readonly string[];
      readonly stack: string;
    };
    assert.equal(attempts, 2, "its RetryableError is retried");
    assert.deepEqual(values, [{ n: 1 }]);
    const bundled = (name: string): string => pathToFileURL(join(command, "dist", name)).href;
    assert.deepEqual(from, [bundled("sdk.js"), bundled("http.js"), bundled("zod.js")]);
    assert.match(stack, /at parseDuration \(.*[\\/]dist[\\/][^:]+\.js:\d+:\d+\)/);
    assert.equal(await runtime.stop(), 0, runtime.output);
    assert.equal(await server.stop(), 0, server.output);
  });

  it("has source maps that lead to the sources", async () => {
    const script = `import(${JSON.stringify(pathToFileURL(join(command, "dist", "sdk.js")).href)}).then(({ parseDuration }) => { try { parseDuration("nonsense"); } catch (error) { console.log(error.stack); } })`;
    const { stdout } = await run(process.execPath, ["--enable-source-maps", "-e", script]);
    assert.match(stdout, /packages[\\/]sdk[\\/]src[\\/]config[\\/]duration\.ts:\d+:\d+/);
  });

  it("contains no tests and no connectors, and names the licence of every library in it", async () => {
    const dist = join(command, "dist");
    const maps = (await readdir(dist)).filter((name) => name.endsWith(".map"));
    const sources = new Set<string>();
    for (const name of maps) {
      const map = JSON.parse(await readFile(join(dist, name), "utf8")) as { readonly sources: readonly string[] };
      for (const source of map.sources) sources.add(source.replaceAll("\\", "/"));
    }
    assert.ok(sources.size > 500);
    const foreign = [...sources].filter((source) =>
      /\.test\.ts$|\/packages\/(testing|test-support)\/|\/connectors\/(sinks|sources)\//.test(source),
    );
    assert.deepEqual(foreign, []);
    const licences = await readFile(join(command, "THIRD-PARTY-LICENSES"), "utf8");
    const libraries = new Set(
      [...sources].flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []),
    );
    assert.ok(libraries.has("fastify") && libraries.has("zod") && libraries.has("commander"));
    for (const library of libraries) assert.match(licences, new RegExp(`^${library} \\d`, "m"));
  });
});
