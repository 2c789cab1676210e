import { existsSync, statSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { suggest } from "@iggy-connectors/sdk/internal";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { installedConnectors, type PluginFolders } from "./installed.ts";
import { packageEntry } from "./package-entry.ts";
import { RUNTIME_MODULES } from "./runtime-modules.ts";

export interface ResolveOptions extends PluginFolders {
  readonly type: ConnectorType;
  /** `path` of the connector file. */
  readonly path: string;
}

export type Resolved = FoundModule | { readonly problem: ConfigProblem };

export interface FoundModule {
  readonly url: string;
  /** It is the package of a connector that ships with the runtime. */
  readonly shipped: boolean;
}

/** `libiggy_connector_postgres_sink.so`, in any folder, with or without `lib` and the ending of the platform. */
const LIBRARY = /(?:^|[\\/])(?:lib)?iggy_connector_([a-z0-9_-]+?)_(sink|source)(?:\.(?:so|dylib|dll))?$/;
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$/;
const MODULE_ENDINGS = ["", ".ts", ".js"] as const;

/** The connector of ours that a library path of the original refers to. */
export function connectorOfLibrary(path: string): { readonly type: ConnectorType; readonly name: string } | undefined {
  const match = LIBRARY.exec(path);
  if (match === null) return undefined;
  return { type: match[2] as ConnectorType, name: match[1]!.replaceAll("_", "-") };
}

/**
 * The module that `path` refers to. A library path of the original refers to our connector of that name; a bare name to a
 * file or folder in the configuration's folder, one of our connectors, or an npm package; anything else is a path relative
 * to the configuration's folder or the working directory. If nothing is found, every searched path is listed.
 */
export function resolvePlugin(options: ResolveOptions): Resolved {
  const search = new Search(options);
  const { type, path, configDirectory, workingDirectory } = options;
  const library = connectorOfLibrary(path);
  if (library !== undefined) {
    return search.package(`@iggy-connectors/${library.type}-${library.name}`) ?? search.notFound(library.name);
  }
  if (PACKAGE_NAME.test(path)) {
    const found =
      search.file(join(configDirectory, path)) ??
      (path.startsWith("@")
        ? undefined
        : (search.package(`@iggy-connectors/${type}-${path.replaceAll("_", "-")}`) ??
          search.package(`iggy-connector-${type}-${path}`))) ??
      search.package(path) ??
      (path.includes(".") ? search.file(resolve(workingDirectory, path)) : undefined);
    return found ?? search.notFound(path);
  }
  const found = isAbsolute(path)
    ? search.file(path)
    : (search.file(resolve(configDirectory, path)) ?? search.file(resolve(workingDirectory, path)));
  return found ?? search.notFound(undefined);
}

/** Looks at one path after the other and remembers them. */
class Search {
  readonly #options: ResolveOptions;
  readonly #searched: string[] = [];

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  /** A module at this path, with `.ts` or `.js` added, or a folder with a package.json or an index. */
  file(path: string): FoundModule | undefined {
    for (const ending of MODULE_ENDINGS) {
      const candidate = path + ending;
      if (ending !== "" || extname(path) !== "") this.#searched.push(candidate);
      if (statSync(candidate, { throwIfNoEntry: false })?.isFile() === true)
        return { url: pathToFileURL(candidate).href, shipped: false };
    }
    this.#searched.push(join(path, "package.json"));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
    const entry = existsSync(join(path, "package.json")) ? packageEntry(path) : undefined;
    const candidates = entry === undefined ? ["index.ts", "index.js"].map((name) => join(path, name)) : [entry];
    const found = candidates.find((candidate) => existsSync(candidate));
    return found === undefined ? undefined : { url: pathToFileURL(found).href, shipped: false };
  }

  /** An installed package, seen from the config folder, then from the runtime. */
  package(name: string): FoundModule | undefined {
    const { configDirectory, runtimeModules = RUNTIME_MODULES } = this.#options;
    const bases = [join(configDirectory, "connector.js"), ...runtimeModules];
    this.#searched.push(`package ${name}`);
    for (const base of bases) {
      let manifest: string | undefined;
      try {
        manifest = findPackageJSON(name, pathToFileURL(base));
      } catch {
        // Not found from there.
      }
      const entry = manifest === undefined ? undefined : packageEntry(dirname(manifest));
      if (entry !== undefined && existsSync(entry)) {
        return { url: pathToFileURL(entry).href, shipped: name.startsWith("@iggy-connectors/") };
      }
    }
    return undefined;
  }

  notFound(name: string | undefined): { readonly problem: ConfigProblem } {
    const { type, path } = this.#options;
    const installed = installedConnectors(type, this.#options);
    const similar = name === undefined ? undefined : suggest(name, installed);
    const list = installed.length === 0 ? "none" : installed.join(", ");
    return {
      problem: {
        severity: "error",
        code: "IGC_PLUGIN_NOT_FOUND",
        key: "path",
        message: `Plugin library not found: ${JSON.stringify(path)}. Searched paths: ${this.#searched.join(", ")}`,
        fix: `${similar === undefined ? "" : `did you mean "${similar}"? `}installed ${type}s: ${list}`,
      },
    };
  }
}
