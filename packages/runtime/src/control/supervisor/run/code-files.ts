import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptPaths } from "@iggy-connectors/transforms";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import { transformDirectories } from "../../../shared/transform-directories.ts";

export type CodeSpec = Pick<TaskSpec, "transforms" | "file" | "workingDirectory" | "sinkStreams" | "sourceStreams"> & {
  readonly plugin: Pick<TaskSpec["plugin"], "url">;
};

/** Files of one plugin or script that are followed by their imports. */
const MAX_MODULES = 200;
/** What a module imports by a relative path. */
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

/**
 * The files that a connector is made of beside its configuration: its plugin, where that is a file of the user, its scripts, what
 * they import by relative paths, and its schema files. Absolute paths.
 */
export function codeFiles(spec: CodeSpec): readonly string[] {
  const directories = transformDirectories(spec);
  const modules = new Set<string>();
  const { url } = spec.plugin;
  const plugin = url.startsWith("file:") ? [fileURLToPath(url)] : [];
  // What is installed is replaced with the runtime stopped.
  const own = [...plugin, ...scriptPaths(spec.transforms, directories)].filter((path) => !isInstalled(path));
  for (const path of own) follow(path, modules);
  return [...modules, ...schemaPaths(spec, directories)];
}

function follow(path: string, modules: Set<string>): void {
  if (modules.has(path) || modules.size >= MAX_MODULES) return;
  modules.add(path);
  for (const [, specifier] of textOf(path).matchAll(RELATIVE_IMPORT))
    follow(resolve(dirname(path), specifier!), modules);
}

/** Empty: the file does not exist, perhaps only between two steps of an editor. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function schemaPaths({ sinkStreams, sourceStreams }: CodeSpec, directories: readonly string[]): string[] {
  return [...sinkStreams, ...sourceStreams].flatMap(({ codec }) =>
    [
      codec.proto_schema_path,
      codec.avro_schema_path,
      codec.avro_reader_schema_path,
      codec.flatbuffer_schema_path,
    ].flatMap((path) => (path === undefined ? [] : located(path, directories))),
  );
}

function located(path: string, directories: readonly string[]): string[] {
  if (isAbsolute(path)) return [path];
  const found = directories.map((directory) => resolve(directory, path)).find((candidate) => existsSync(candidate));
  return found === undefined ? [] : [found];
}

function isInstalled(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`);
}
