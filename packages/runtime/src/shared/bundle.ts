/** Defined by the build of the command, which puts all modules of this repository into few files of one folder. */
declare const IGGY_CONNECTORS_BUNDLE: true | undefined;

/** Whether this module is part of the command's bundle. */
const isBundled = typeof IGGY_CONNECTORS_BUNDLE !== "undefined";

/** The URL of a file that the bundle has beside this one; `undefined`: nothing is bundled. `name` is without its ending. */
export function bundledFile(name: string): URL | undefined {
  return isBundled ? new URL(`./${name}.js`, import.meta.url) : undefined;
}
