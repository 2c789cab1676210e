import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { REFERENCE } from "./reference.ts";

/** `npm run reference`: writes the pages that are made from definitions, and removes those of what is gone. */
for (const [folder, pages] of REFERENCE) {
  const path = fileURLToPath(folder);
  mkdirSync(path, { recursive: true });
  for (const name of readdirSync(path)) if (!pages().has(name)) rmSync(new URL(name, folder));
  for (const [name, text] of pages()) writeFileSync(new URL(name, folder), text);
}
