import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorType } from "../../task/protocol.ts";
import { readDocument } from "../document/document.ts";
import { getAt, isTable } from "../key-path.ts";
import { type ConfigProblem, ConfigurationError } from "../problem.ts";

export const ACTIVE_VERSIONS_FILE = ".active_versions.toml";

export interface ActiveVersions {
  /** The version that an operator activated; `undefined`: none, the highest one runs. */
  of(type: ConnectorType, key: string): number | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Reads `.active_versions.toml`. One that cannot be read is a finding, and counts as empty. */
export async function readActiveVersions(folder: string): Promise<ActiveVersions> {
  const file = join(folder, ACTIVE_VERSIONS_FILE);
  if (!existsSync(file)) return { of: () => undefined, problems: [] };
  try {
    const document = await readDocument(file);
    const problems: ConfigProblem[] = [];
    for (const section of ["sinks", "sources"]) {
      const table = document.value[section];
      if (!isTable(table)) continue;
      for (const [key, version] of Object.entries(table)) {
        if (Number.isSafeInteger(version) && Number(version) >= 0) continue;
        problems.push({
          severity: "error",
          code: "IGC_CONFIG_ACTIVE_VERSIONS",
          file,
          line: document.lineOf([section, key]),
          key: `${section}.${key}`,
          message: "is no version number, the highest version runs",
          fix: "write a whole number",
        });
      }
    }
    return {
      of(type, key) {
        const version = getAt(document.value, [`${type}s`, key]);
        return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : undefined;
      },
      problems,
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { of: () => undefined, problems: error.problems };
  }
}
