import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface RuntimeConfiguration {
  /** Address of the Iggy server. */
  readonly iggy: string;
  /** The text of each connector's file, by its key. */
  readonly connectors: ReadonlyMap<string, string>;
  /** Of the HTTP API; default any. */
  readonly port?: number;
  /** Whether the API serves metrics; default no. */
  readonly metrics?: boolean;
}

/**
 * Writes the configuration of a runtime into a folder, as ours and the original read it: the runtime's file and one for each
 * connector. Returns the path of the runtime's.
 */
export async function writeRuntimeConfiguration(
  folder: string,
  { iggy, connectors, port = 0, metrics = false }: RuntimeConfiguration,
): Promise<string> {
  const directory = join(folder, "connectors");
  await mkdir(directory, { recursive: true });
  for (const [key, text] of connectors) await writeFile(join(directory, `${key}.toml`), text);
  const file = join(folder, "config.toml");
  await writeFile(
    file,
    `[http]
enabled = true
address = "127.0.0.1:${port}"
[http.metrics]
enabled = ${metrics}
[iggy]
address = "${iggy}"
username = "iggy"
password = "iggy"
[state]
path = "${join(folder, "state")}"
[connectors]
config_type = "local"
config_dir = "${directory}"
`,
  );
  return file;
}
