import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { getAt, isTable, setAt, type Table } from "../../../shared/key-path.ts";
import { replaceFile } from "../../../shared/replace-file.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import { type ConfigDocument, readDocument } from "../document/document.ts";
import { type ConfigProblem, ConfigurationError } from "../problem.ts";

export const ACTIVE_VERSIONS_FILE = ".active_versions.toml";

const SECTIONS = ["sinks", "sources"] as const;

export interface ActiveVersions {
  /** The version that was activated; `undefined`: none, the highest one runs. */
  of(connector: ConnectorIdentity): number | undefined;
  readonly problems: readonly ConfigProblem[];
}

export const NO_ACTIVE_VERSIONS: ActiveVersions = { of: () => undefined, problems: [] };

/** Reads `.active_versions.toml`. A file that cannot be read is a problem, and counts as empty. */
export async function readActiveVersions(folder: string): Promise<ActiveVersions> {
  try {
    const document = await openFile(folder);
    return {
      of({ type, key }) {
        const version = getAt(document?.value, [`${type}s`, key]);
        return isVersion(version) ? version : undefined;
      },
      problems: document === undefined ? [] : invalidVersions(document),
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { ...NO_ACTIVE_VERSIONS, problems: error.problems };
  }
}

/**
 * Records the active version of a connector; `undefined` removes the record. The file is read again first, so that the
 * records of others stay. A file that cannot be read is never overwritten: throws `ConfigurationError`.
 */
export async function recordActiveVersion(
  folder: string,
  { type, key }: ConnectorIdentity,
  version: number | undefined,
): Promise<void> {
  const document = await openFile(folder);
  const value: Table = structuredClone(document?.value ?? {});
  const section = getAt(value, [`${type}s`]);
  if (version !== undefined) setAt(value, [`${type}s`, key], version);
  else if (isTable(section)) delete section[key];
  for (const name of SECTIONS) if (!isTable(value[name])) value[name] = {};
  await replaceFile(join(folder, ACTIVE_VERSIONS_FILE), stringify(value));
}

async function openFile(folder: string): Promise<ConfigDocument | undefined> {
  const file = join(folder, ACTIVE_VERSIONS_FILE);
  return existsSync(file) ? readDocument(file) : undefined;
}

function invalidVersions({ file, value, lineOf }: ConfigDocument): ConfigProblem[] {
  return SECTIONS.flatMap((section) => {
    const table = value[section];
    if (!isTable(table)) return [];
    const invalid = Object.keys(table).filter((key) => !isVersion(table[key]));
    return invalid.map((key) => ({
      severity: "error" as const,
      code: "IGC_CONFIG_ACTIVE_VERSIONS",
      file,
      line: lineOf([section, key]),
      key: `${section}.${key}`,
      message: "is not a version number; the highest version runs",
      fix: "write a whole number",
    }));
  });
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
