import { readdirSync } from "node:fs";
import type { CommandLayout } from "@iggy-connectors/protocol";

/**
 * Every command that a file below `folder` exports, but for its `index.ts` and its tests. Found by shape, not by a
 * list.
 */
export async function commandsInFolder(folder: URL): Promise<CommandLayout<unknown, unknown>[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "index.ts",
  );
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.flatMap((module) => Object.values<unknown>(module)).filter(isCommand);
}

function isCommand(value: unknown): value is CommandLayout<unknown, unknown> {
  return typeof value === "object" && value !== null && "encodeRequest" in value && "code" in value;
}
