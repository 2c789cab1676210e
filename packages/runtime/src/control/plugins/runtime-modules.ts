import { fileURLToPath } from "node:url";

/** Modules next to which npm packages are searched for after the configuration's folder: the runtime and the command. */
export const RUNTIME_MODULES: readonly string[] = [
  fileURLToPath(import.meta.url),
  ...(process.argv[1] === undefined ? [] : [process.argv[1]]),
];
