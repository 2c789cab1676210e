import { codecPages } from "./codec-pages.ts";
import { transformPages } from "./transform-pages.ts";

const ROOT = new URL("../../docs/reference/", import.meta.url);

/** The folders whose pages are generated from definitions, with the pages by file name. */
export const GENERATED_FOLDERS: ReadonlyMap<URL, () => ReadonlyMap<string, string>> = new Map([
  [new URL("codecs/", ROOT), codecPages],
  [new URL("transforms/", ROOT), transformPages],
]);
