import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What is not written here, and what is written instead. docs/glossary.md has the reasons. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, "again, recreated"],
  [/\bwhoever\b/i, "name who"],
  [
    /\bis no (?:valid|longer a|part of)?\s?[a-z]+ (?:of|for|name|text|type|object|key|url)\b/i,
    "is not a …, there is no …",
  ],
  [/\bmust be a text\b/i, "must be a string"],
  [/\bpromise \d+:/i, "Invariant n:"],
  [/\bas (?:it|they) (?:is|are) now\b/i, "current"],
  [/\b(?:lane|lanes)\b/i, "sink partition"],
  [/\bbur(?:y|ied) (?:the |a )?(?:message|letter)/i, "writes a dead letter"],
  [/\b(?:patience|impatient)\b/i, "back-off, time limit"],
];

/** Records are not rewritten; this list, the glossary and the licence name what they must; XXH3 has lanes. */
const EXEMPT =
  /^(?:docs\/decisions\/|docs\/glossary\.md$|CHANGELOG\.md$|LICENSE$|tests\/repository\/english\.test\.ts$)|\/fixtures\/|^packages\/protocol\/(?:src\/checksum|wasm)\//;

test("comments, texts and pages keep to the glossary", () => {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.mjs", "*.md", "*.toml"], { cwd: ROOT, encoding: "utf8" });
  const found: string[] = [];
  for (const file of files.split("\n").filter((path) => path !== "" && !EXEMPT.test(path))) {
    for (const [index, line] of readFileSync(join(ROOT, file), "utf8").split("\n").entries()) {
      for (const [phrase, instead] of PHRASES) {
        if (phrase.test(line)) found.push(`${file}:${index + 1}: ${line.trim().slice(0, 120)} (say: ${instead})`);
      }
    }
  }
  assert.deepEqual(found, []);
});
