import { isAbsolute, relative, sep } from "node:path";

/** Whether an absolute path is a folder or lies in it. */
export function isWithin(folder: string, file: string): boolean {
  const inside = relative(folder, file);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}
