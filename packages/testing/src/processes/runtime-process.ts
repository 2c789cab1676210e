import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { Killable } from "./killable.ts";
import { moduleFile } from "./module-file.ts";

export interface RuntimeLayout {
  /** Folder for configuration, connector files and state. */
  readonly folder: string;
  readonly iggy: string;
  /** API port; must be known before the start, so that it stays over a restart. */
  readonly port: number;
  /** Connector files by name, as TOML text. */
  readonly connectors: Readonly<Record<string, string>>;
  /** More lines for the runtime's file. */
  readonly extra?: string;
}

/** Writes a runtime's configuration; the connector files of an earlier call are replaced. Returns the path of the file. */
export async function writeConfiguration(layout: RuntimeLayout): Promise<string> {
  const connectors = join(layout.folder, "connectors");
  await rm(connectors, { recursive: true, force: true });
  await mkdir(connectors, { recursive: true });
  for (const [name, text] of Object.entries(layout.connectors)) await writeFile(join(connectors, name), text);
  const config = join(layout.folder, "config.toml");
  await writeFile(
    config,
    `[http]
address = "127.0.0.1:${layout.port}"
[http.metrics]
enabled = true
[iggy]
address = "${layout.iggy}"
[state]
path = "${join(layout.folder, "state")}"
[connectors]
config_type = "local"
config_dir = "${connectors}"
${layout.extra ?? ""}
`,
  );
  return config;
}

/** Milliseconds; only a guard against waiting for ever: on a busy machine an answer may take many seconds. */
const ANSWER_TIMEOUT = 60_000;

/** The runtime in a process of its own, with its HTTP API at hand. */
export class RuntimeProcess extends Killable {
  readonly api: string;

  private constructor(config: string, port: number, environment: NodeJS.ProcessEnv) {
    super(fileURLToPath(moduleFile(import.meta.url, "./runtime-main")), { arguments: [config], environment });
    this.api = `http://127.0.0.1:${port}`;
  }

  static start(config: string, port: number, environment: NodeJS.ProcessEnv = {}): RuntimeProcess {
    return new RuntimeProcess(config, port, environment);
  }

  /** Resolves when the API answers: from then on the process stops in order when asked. Rejects when it ends before. */
  async listening(): Promise<void> {
    const ended = this.exited.then((code) => {
      throw new Error(`ended with ${code} before its API answered:\n${this.output}`);
    });
    const answered = eventually(
      async () => {
        const reply = await fetch(`${this.api}/health`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
        await reply.arrayBuffer();
        return true;
      },
      { what: "an answer of the runtime's API" },
    );
    await Promise.race([answered, ended]);
  }

  /** Asks it to stop once it listens: a process that still loads its modules would just die of the signal. */
  override async stop(): Promise<number | NodeJS.Signals> {
    if (!this.ended) await this.listening();
    return super.stop();
  }

  async get<Body>(path: string): Promise<Body> {
    const reply = await fetch(`${this.api}${path}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
    if (!reply.ok) throw new Error(`GET ${path}: ${reply.status} ${await reply.text()}`);
    return (
      reply.headers.get("content-type")?.includes("json") === true ? reply.json() : reply.text()
    ) as Promise<Body>;
  }

  /** Waits until the connector is in one of these states, and resolves with what the API says of it. */
  async connectorIn<Info extends { state: string }>(path: string, ...states: readonly string[]): Promise<Info> {
    return eventually(
      async () => {
        const info = await this.get<Info>(path);
        return states.includes(info.state) ? info : undefined;
      },
      { what: `${path} ${states.join(" or ")}` },
    );
  }
}
