import { codecPages } from "./codec-pages.ts";
import { transformPages } from "./transform-pages.ts";

const ROOT = new URL("../../../../docs/reference/", import.meta.url);

/** The folders of pages that are made from definitions, with the pages by their file's name. */
export const REFERENCE: ReadonlyMap<URL, () => ReadonlyMap<string, string>> = new Map([
  [new URL("codecs/", ROOT), codecPages],
  [new URL("transforms/", ROOT), transformPages],
]);
