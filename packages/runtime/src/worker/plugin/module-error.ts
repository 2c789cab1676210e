import { fileURLToPath } from "node:url";
import { ConnectorError, DESCRIPTORS_FIX, FatalError, isOutOfDescriptors, RetryableError } from "@iggy-connectors/sdk";

/** The error for a plugin's module that could not be imported: where, and what to do, without the loader's stack. */
export function moduleError(error: unknown, place: string, url: string, what = "plugin"): ConnectorError {
  if (error instanceof FatalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fail = (code: string, text: string, fix: string, at = place): FatalError =>
    new FatalError(text, { code, place: at, fix, cause: error });
  if (isOutOfDescriptors(error)) {
    return new RetryableError(`the ${what} cannot be loaded: too many open files (${codeOf(error)})`, {
      code: "IGC_PLUGIN_DESCRIPTORS",
      place,
      fix: DESCRIPTORS_FIX,
      cause: error,
    });
  }
  const at = sourceLine(error) ?? place;
  switch (codeOf(error)) {
    case "ERR_MODULE_NOT_FOUND":
      return isAboutThisModule(error, url)
        ? fail(
            "IGC_PLUGIN_NOT_FOUND",
            `the ${what}'s file is missing: ${fileOf(url)}`,
            "check path in the connector file",
          )
        : fail("IGC_PLUGIN_IMPORT", message, `install what the ${what} imports beside it, with npm`);
    case "ERR_UNSUPPORTED_DIR_IMPORT":
      return fail(
        "IGC_PLUGIN_NOT_FOUND",
        `${fileOf(url)} is a folder without an entry module`,
        "give it a package.json with exports or main, or an index file, or name a file in path",
      );
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return fail(
        "IGC_PLUGIN_TYPESCRIPT",
        `${message}: a ${what} file runs without a build, so only erasable TypeScript syntax is allowed`,
        `replace enums, namespaces with code and constructor parameter properties, or compile the ${what} to JavaScript`,
        at,
      );
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return fail(
        "IGC_PLUGIN_TYPESCRIPT",
        `TypeScript cannot be run from node_modules: ${fileOf(url)}`,
        `publish the ${what} as JavaScript, or name a .ts file outside node_modules in path`,
      );
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return fail(
        "IGC_PLUGIN_NOT_A_MODULE",
        message,
        "a plugin is a .ts, .js or .mjs file, a folder or an npm package",
      );
  }
  if (error instanceof SyntaxError) return fail("IGC_PLUGIN_SYNTAX", message, `correct the syntax of the ${what}`, at);
  if (error instanceof ConnectorError) {
    return fail(error.code, error.message, error.fix ?? `correct the ${what}`, error.place ?? place);
  }
  return fail(
    "IGC_PLUGIN_LOAD",
    `the ${what} failed while it was loaded: ${message}`,
    `correct the top-level code of the ${what}`,
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Node puts `file:line` on the first line of a syntax error's stack. */
export function sourceLine(error: unknown): string | undefined {
  const first = error instanceof Error ? error.stack?.split("\n", 1)[0] : undefined;
  const match = first === undefined ? null : /^(?:file:\/\/)?(\/.+|[A-Za-z]:.+):(\d+)$/.exec(first);
  return match === null ? undefined : `${match[1]}:${match[2]}`;
}

function isAboutThisModule(error: unknown, url: string): boolean {
  return error instanceof Error && "url" in error && error.url === url;
}

function fileOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
