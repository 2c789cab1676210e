import { fileURLToPath } from "node:url";

/** Code of the runtime and its libraries: an error passes it on its way, it does not come from there. */
const OURS =
  /[\\/](?:packages|@iggy-connectors)[\\/](?:cli|client|codecs|http|protocol|runtime|sdk|server|testing|transforms)[\\/]|[\\/]iggy-connectors[\\/]dist[\\/]/;
const FRAME = /^\s*at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):\d+\)?$/;

/**
 * `file:line` in the code of a plugin or script from which an unexpected error came: the topmost frame of its stack in neither Node, the
 * runtime nor, if there is another one, an installed package. Types are erased in place, so that it is the line of the `.ts` file.
 * Undefined: no frame is. Never throws.
 */
export function sourcePlace(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  let installed: string | undefined;
  for (const line of error.stack.split("\n")) {
    const [, url, number] = FRAME.exec(line) ?? [];
    if (url === undefined || OURS.test(url)) continue;
    const place = `${fileOf(url)}:${number}`;
    if (!url.includes("node_modules")) return place;
    installed ??= place;
  }
  return installed;
}

function fileOf(url: string): string {
  const [path = url] = url.split("?", 1);
  if (!path.startsWith("file://")) return path;
  try {
    return fileURLToPath(path);
  } catch {
    return path;
  }
}
