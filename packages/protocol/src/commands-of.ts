import type { CommandLayout } from "./command.ts";

/**
 * The commands that a module exports; functions beside them are left out. In the order of their names in the module.
 */
export function commandsOf<Layout extends CommandLayout<unknown, unknown>>(
  module: Readonly<Record<string, Layout | ((...parameters: never[]) => unknown)>>,
): readonly Layout[] {
  return Object.values(module).filter((exported) => typeof exported === "object");
}
