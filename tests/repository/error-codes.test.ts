import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ERROR_CODES as IGGY_CODES } from "@iggy-connectors/protocol";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Registry {
  /** Folder of the package. */
  readonly folder: string;
  readonly codes: Readonly<Record<string, { meaning: string; cause: string; fix: string }>>;
}

/** Codes that are put together when they are thrown, by the text that they are made with. */
const COMPOSED: Readonly<Record<string, readonly string[]>> = {
  IGC_DECODE_$: ["IGC_DECODE_JSON", "IGC_DECODE_TEXT", "IGC_DECODE_PROTO", "IGC_DECODE_AVRO", "IGC_DECODE_FLAT_BUFFER"],
};

/** The protocol's table of the same name has Iggy's own numbers; `IGC_IGGY_` with one of their names is any of those. */
const PROTOCOL = join("packages", "protocol");
const OF_IGGY = new Set(
  Object.values(IGGY_CODES).map(({ name }) => `IGC_IGGY_${name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()}`),
);

const packages = globSync(["packages/*", "connectors/*/*"], { cwd: ROOT }).filter(
  (folder) => folder !== PROTOCOL && existsSync(join(ROOT, folder, "src")),
);

/** The codes in a package's sources, apart from its registry and its tests. */
function thrownIn(folder: string): Set<string> {
  const codes = new Set<string>();
  for (const file of globSync("src/**/*.ts", { cwd: join(ROOT, folder) })) {
    if (/\.test\.ts$|error-codes\.ts$/.test(file)) continue;
    const text = readFileSync(join(ROOT, folder, file), "utf8");
    for (const [, code = ""] of text.matchAll(/["'`](IGC_[A-Z0-9]+(?:_[A-Z0-9]+)+)["'`]/g)) codes.add(code);
    for (const [start, made] of Object.entries(COMPOSED)) {
      if (text.includes(`\`${start}{`)) for (const code of made) codes.add(code);
    }
  }
  return codes;
}

describe("the registry of error codes", () => {
  const registries: Registry[] = [];
  before(async () => {
    for (const folder of packages) {
      for (const file of globSync("src/{,shared/}error-codes.ts", { cwd: join(ROOT, folder) })) {
        // The runtime's public registry merges those of what it is built on; its own is in shared/.
        if (folder === join("packages", "runtime") && !file.includes("shared")) continue;
        const module = (await import(pathToFileURL(join(ROOT, folder, file)).href)) as {
          ERROR_CODES: Registry["codes"];
        };
        registries.push({ folder, codes: module.ERROR_CODES });
      }
    }
  });

  it("knows every code that is thrown", () => {
    const registered = new Set(registries.flatMap(({ codes }) => Object.keys(codes)));
    const missing = packages.flatMap((folder) =>
      [...thrownIn(folder)]
        .filter((code) => !registered.has(code) && !OF_IGGY.has(code))
        .map((code) => `${folder}: ${code}`),
    );
    assert.deepEqual(missing, []);
  });

  it("knows no code that its package does not throw", () => {
    const unused = registries.flatMap(({ folder, codes }) => {
      const thrown = thrownIn(folder);
      return Object.keys(codes)
        .filter((code) => !thrown.has(code))
        .map((code) => `${folder}: ${code}`);
    });
    assert.deepEqual(unused, []);
  });

  it("explains each code once, in sentences", () => {
    const owners = new Map<string, string>();
    for (const { folder, codes } of registries) {
      for (const [code, entry] of Object.entries(codes)) {
        assert.equal(owners.get(code), undefined, `${code} is registered twice`);
        owners.set(code, folder);
        for (const text of [entry.meaning, entry.cause, entry.fix]) {
          assert.match(text, /^\S.{5,}[.]$/s, `${code}: "${text}" is a sentence`);
        }
      }
    }
    assert.ok(owners.size > 190);
  });
});
