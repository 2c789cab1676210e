import { readFileSync } from "node:fs";
import { withDeviations } from "./deviations.ts";

/** The cases of a file of test vectors, with what we expect where we decide otherwise. */
export function loadFixtures<Case extends { readonly name: string }>(file: string): readonly Case[] {
  const cases = JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), "utf8")) as Case[];
  return withDeviations(file, cases);
}
