import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DescribedApi } from "@iggy-connectors/test-support";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import type { LogLine } from "../src/control/logging/log-line.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "../src/control/runtime.ts";

const workerUrl = new URL("./supervisor/scripted-worker.ts", import.meta.url);

/** A sink whose workers follow a script; `life` is what each of them does. */
export function scriptedSink(folder: string, key: string, life: string, more = ""): string {
  return `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "./plugin.ts"
stop_timeout = "10ms"
${more}
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
[plugin_config]
lives = ["${life}"]
journal = "${join(folder, `${key}.journal`)}"
unknwn = 1
key = "marked-secret"
`;
}

export interface ScriptedRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly lines: LogLine[];
  /** Folder of all files; connector files are in `connectors`. */
  readonly folder: string;
  get(path: string): Promise<unknown>;
  /** Status and body, which is parsed if it is JSON. The response is checked against the description of the API. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown; type: string | null }>;
}

/** A runtime whose workers follow scripts, with its files in a temporary folder. */
export async function startScripted(
  files: (folder: string) => Record<string, string>,
  options: Partial<RuntimeOptions> = {},
): Promise<ScriptedRuntime> {
  const folder: TemporaryFolder = await temporaryFolder();
  await mkdir(join(folder.path, "connectors"));
  await writeFile(join(folder.path, "connectors", "plugin.ts"), "export default {};");
  for (const [name, text] of Object.entries(files(folder.path))) {
    await writeFile(join(folder.path, "connectors", name), text);
  }
  const lines: LogLine[] = [];
  const { config, ...rest } = options;
  try {
    const runtime = await startRuntime({
      workingDirectory: folder.path,
      env: {},
      onLog: (line) => lines.push(line),
      workerUrl,
      ...rest,
      config: {
        ...config,
        // Nothing listens on this port.
        iggy: { address: "127.0.0.1:9", ...config?.iggy },
        connectors: {
          config_dir: "connectors",
          restart: { initial_backoff: "1ms", max_backoff: "10ms" },
          ...config?.connectors,
        },
        http: { address: "127.0.0.1:0", ...config?.http },
      },
    });
    let description: Promise<DescribedApi> | undefined;
    const described = (): Promise<DescribedApi> => {
      description ??= fetch(`http://${runtime.address}/openapi.json`).then(
        async (reply) => new DescribedApi(await reply.json()),
      );
      return description;
    };
    const ask: ScriptedRuntime["ask"] = async (method, path, body) => {
      const reply = await fetch(`http://${runtime.address}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await reply.text();
      const type = reply.headers.get("content-type");
      const { status } = reply;
      (await described()).check({ method, url: path, status, contentType: type ?? undefined, body: text });
      return { status, type, body: type?.includes("json") === true ? JSON.parse(text) : text };
    };
    return {
      runtime,
      lines,
      folder: folder.path,
      get: async (path) => (await ask("GET", path)).body,
      ask,
      async [Symbol.asyncDispose]() {
        await runtime.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
