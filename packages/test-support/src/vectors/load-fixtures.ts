import { readFileSync } from "node:fs";

/** The cases of a file of test vectors. */
export function loadFixtures<Case>(file: string): readonly Case[] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), "utf8")) as Case[];
}
