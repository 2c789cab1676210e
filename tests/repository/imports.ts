import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface Import {
  readonly specifier: string;
  /** Where a relative specifier leads, from the root of the repository; undefined: a package. */
  readonly target: string | undefined;
  /** Erased when the module is loaded. */
  readonly typeOnly: boolean;
}

/** All sources of packages and connectors, tests included, from the root of the repository. */
export const SOURCES: readonly string[] = globSync(
  ["packages/*/{src,test}/**/*.ts", "connectors/*/*/{src,test}/**/*.ts"],
  { cwd: ROOT },
);

export function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const imports: Import[] = [];
  const add = (specifier: string, typeOnly: boolean): void => {
    const target = specifier.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), specifier)) : undefined;
    imports.push({ specifier, target, typeOnly });
  };
  for (const [, type, names = "", specifier = ""] of text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?([^;]*?)\sfrom\s+"([^"]+)"/gm,
  )) {
    add(specifier, type !== undefined || /^\{(\s*type\s+[^,}]+,?)+\s*\}$/.test(names));
  }
  for (const [, specifier = ""] of text.matchAll(/(?:^\s*import\s+|\bimport\()"([^"]+)"/gm)) add(specifier, false);
  return imports;
}

/** `packages/sdk`, `connectors/sinks/http`. */
export function packageFolder(file: string): string {
  const parts = file.split(sep);
  return parts.slice(0, parts[0] === "connectors" ? 3 : 2).join(sep);
}

export const isTest = (file: string): boolean => /\.test\.ts$/.test(file) || file.split(sep).includes("test");
