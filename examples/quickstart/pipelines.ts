import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHIPPED = fileURLToPath(new URL("./connectors/", import.meta.url));

export const QUICKWIT_URL = "http://localhost:7280";

/** Whether a Quickwit answers where the example's configuration expects it. */
export async function quickwitAnswers(): Promise<boolean> {
  try {
    const reply = await fetch(`${QUICKWIT_URL}/api/v1/version`, { signal: AbortSignal.timeout(1000) });
    await reply.body?.cancel();
    return reply.ok;
  } catch {
    return false;
  }
}

export interface PipelineChoice {
  readonly quickwit: boolean;
  readonly input: string | undefined;
  readonly once: boolean;
}

/**
 * Puts the connector files of this run into `folder`. The original's example files are copied as they are; without a
 * Quickwit the records go to files instead, with the same transforms.
 */
export async function assembleConnectors(folder: string, choice: PipelineChoice): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = ["random_source_v0.toml", "random_source_v1.toml", "stdout_sink.toml"];
  files.push(choice.quickwit ? "quickwit_sink.toml" : "without-quickwit/records_file_sink.toml");
  for (const file of files) await copyFile(join(SHIPPED, file), join(folder, file.replace(/^.*\//, "")));
  if (choice.input === undefined) return;
  await writeFile(join(folder, "input_source.toml"), inputSource(choice.input, choice.once));
  await copyFile(join(SHIPPED, "input/lines_file_sink.toml"), join(folder, "lines_file_sink.toml"));
}

function inputSource(path: string, once: boolean): string {
  return `type = "source"
key = "input"
enabled = true
version = 0
name = "Lines of ${JSON.stringify(path).slice(1, -1)}"
path = "file"

[[streams]]
stream = "input"
topic = "lines"
schema = "raw"

[plugin_config]
path = ${JSON.stringify(path)}
mode = "${once ? "once" : "tail"}"
`;
}
