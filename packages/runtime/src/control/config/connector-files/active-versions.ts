import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { getAt, isTable, setAt, type Table } from "../../../shared/key-path.ts";
import { replaceFile } from "../../../shared/replace-file.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { type ConfigDocument, readDocument } from "../document/document.ts";
import { type ConfigProblem, ConfigurationError } from "../problem.ts";

export const ACTIVE_VERSIONS_FILE = ".active_versions.toml";

export interface ActiveVersions {
  /** The version that an operator activated; `undefined`: none, the highest one runs. */
  of(type: ConnectorType, key: string): number | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Reads `.active_versions.toml`. One that cannot be read is a finding, and counts as empty. */
export async function readActiveVersions(folder: string): Promise<ActiveVersions> {
  try {
    const document = await openFile(folder);
    const problems: ConfigProblem[] = [];
    for (const section of ["sinks", "sources"]) {
      const table = document?.value[section];
      if (document === undefined || !isTable(table)) continue;
      for (const [key, version] of Object.entries(table)) {
        if (isVersion(version)) continue;
        problems.push({
          severity: "error",
          code: "IGC_CONFIG_ACTIVE_VERSIONS",
          file: document.file,
          line: document.lineOf([section, key]),
          key: `${section}.${key}`,
          message: "is no version number, the highest version runs",
          fix: "write a whole number",
        });
      }
    }
    return {
      of(type, key) {
        const version = getAt(document?.value, [`${type}s`, key]);
        return isVersion(version) ? version : undefined;
      },
      problems,
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { of: () => undefined, problems: error.problems };
  }
}

/**
 * Records the version of a connector; `undefined` removes the record. A file that cannot be read is never overwritten:
 * throws `ConfigurationError`.
 */
export async function recordActiveVersion(
  folder: string,
  type: ConnectorType,
  key: string,
  version: number | undefined,
): Promise<void> {
  const document = await openFile(folder);
  const value: Table = structuredClone(document?.value ?? {});
  const section = getAt(value, [`${type}s`]);
  if (version !== undefined) setAt(value, [`${type}s`, key], version);
  else if (isTable(section)) delete section[key];
  for (const name of ["sinks", "sources"]) if (!isTable(value[name])) value[name] = {};
  await replaceFile(join(folder, ACTIVE_VERSIONS_FILE), stringify(value));
}

async function openFile(folder: string): Promise<ConfigDocument | undefined> {
  const file = join(folder, ACTIVE_VERSIONS_FILE);
  return existsSync(file) ? readDocument(file) : undefined;
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
