import { link, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { printExactJson } from "../../../../shared/exact-json.ts";
import type { Table } from "../../../../shared/key-path.ts";
import { discard, hiddenBeside, syncFolder, writeDurably } from "../../../../shared/replace-file.ts";
import type { ConnectorIdentity } from "../../connector-identity.ts";
import { fitsToml } from "../../document/tables.ts";
import { causeOf } from "../../problem.ts";
import { ProviderError } from "../provider.ts";

/**
 * Stores a version as `{type}_{key}_{version}.toml` (`.json` where TOML cannot express a value) and returns its path; `undefined` where that file exists already. Throws `ProviderError` (`IGC_CONFIG_WRITE`).
 */
export async function writeVersion(
  folder: string,
  { type, key }: ConnectorIdentity,
  document: Table,
  version: number,
): Promise<string | undefined> {
  const { text, ending } = serialise(inOrder({ ...document, type, key, version }));
  const file = join(folder, `${type}_${fileNameOf(key)}_${version}${ending}`);
  const temporary = hiddenBeside(file);
  try {
    await writeDurably(temporary, text);
    // A link, unlike a rename, never replaces an existing file.
    await link(temporary, file);
    await syncFolder(folder);
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw writeFailed(file, error);
  } finally {
    await discard(temporary);
  }
}

export async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await syncFolder(dirname(file));
  } catch (error) {
    throw writeFailed(file, error);
  }
}

/** A key may contain any character, a file name may not. */
function fileNameOf(key: string): string {
  return encodeURIComponent(key).replaceAll("*", "%2A");
}

/** Sorts the keys: those that identify the connector first, its settings last. */
function inOrder(document: Table): Table {
  const { type, key, enabled, version, name, path, streams, transforms, plugin_config, ...others } = document;
  const ordered = { type, key, enabled, version, name, path, ...others, streams, plugin_config, transforms };
  return Object.fromEntries(Object.entries(ordered).filter(([, value]) => value !== undefined && value !== null));
}

function serialise(document: Table): { readonly text: string; readonly ending: string } {
  if (!fitsToml(document)) return { text: `${printExactJson(document, 2)}\n`, ending: ".json" };
  return { text: stringify(document), ending: ".toml" };
}

function writeFailed(file: string, cause: unknown): ProviderError {
  return new ProviderError(`${file} cannot be written: ${causeOf(cause)}`, {
    code: "IGC_CONFIG_WRITE",
    fix: "give the runtime's user write permission for the folder connectors.config_dir",
    cause,
  });
}
