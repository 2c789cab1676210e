import { link, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import type { Table } from "../../../../shared/key-path.ts";
import { discard, hiddenBeside, syncFolder, writeDurably } from "../../../../shared/replace-file.ts";
import { holdsNull } from "../../document/tables.ts";
import { causeOf } from "../../problem.ts";
import { type ConnectorIdentity, ProviderError } from "../provider.ts";

/** Somebody else may store versions in the same folder at the same time; nobody does it this often. */
const MAX_RACES = 100;

/**
 * Stores a version as `{type}_{key}_{version}.toml` (`.json` where a value is null, which TOML cannot say) and gives its
 * number: `lowest`, or the next one that nobody else has taken meanwhile.
 */
export async function writeVersion(
  folder: string,
  { type, key }: ConnectorIdentity,
  document: Table,
  lowest: number,
): Promise<{ readonly version: number; readonly file: string }> {
  for (let version = lowest; version < lowest + MAX_RACES; version++) {
    const { text, ending } = serialise(inOrder({ ...document, type, key, version }));
    const file = join(folder, `${type}_${fileNameOf(key)}_${version}${ending}`);
    const temporary = hiddenBeside(file);
    try {
      await writeDurably(temporary, text);
      // A link, unlike a rename, never replaces what somebody else made.
      await link(temporary, file);
      await syncFolder(folder);
      return { version, file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw writeFailed(file, error);
    } finally {
      await discard(temporary);
    }
  }
  throw new ProviderError(`no free version number was found for ${type} ${key}`, { code: "IGC_CONFIG_WRITE" });
}

export async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await syncFolder(dirname(file));
  } catch (error) {
    throw writeFailed(file, error);
  }
}

/** A key may hold any character, a file name may not. */
function fileNameOf(key: string): string {
  return encodeURIComponent(key).replaceAll("*", "%2A");
}

/** What names a connector comes first, its settings last. */
function inOrder(document: Table): Table {
  const { type, key, enabled, version, name, path, streams, transforms, plugin_config, ...others } = document;
  const ordered = { type, key, enabled, version, name, path, ...others, streams, plugin_config, transforms };
  return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value !== undefined && value !== null));
}

function serialise(document: Table): { readonly text: string; readonly ending: string } {
  if (holdsNull(document)) return { text: `${JSON.stringify(document, undefined, 2)}\n`, ending: ".json" };
  return { text: stringify(document), ending: ".toml" };
}

function writeFailed(file: string, cause: unknown): ProviderError {
  return new ProviderError(`${file} cannot be written: ${causeOf(cause)}`, {
    code: "IGC_CONFIG_WRITE",
    fix: "let the runtime's user write the folder of connectors.config_dir",
    cause,
  });
}
