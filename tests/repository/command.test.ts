import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder } from "@iggy-connectors/testing";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = join(ROOT, "packages/cli/bin/iggy-connectors.mjs");

/** Makes Node believe that it is another version. */
const asNode = (version: string): string[] => [
  "--import",
  `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`,
];

describe("the command", () => {
  it("runs in a clone that was not built, in the folder of its caller", async () => {
    await using folder = await temporaryFolder();
    const { stdout } = await run("npx", ["--no-install", "iggy-connectors", "--help"], { cwd: ROOT });
    assert.match(stdout, /^Usage: iggy-connectors/);
    await writeFile(join(folder.path, "broken.toml"), "[iggy");
    const broken = run(process.execPath, [BIN, "check", "-c", "broken.toml"], { cwd: folder.path });
    await assert.rejects(broken, ({ code, stdout: report }: { code: number; stdout: string }) => {
      assert.equal(code, 3);
      return report.includes(join(folder.path, "broken.toml"));
    });
  });

  it("suggests the command that was meant", async () => {
    await assert.rejects(
      run(process.execPath, [BIN, "stauts"]),
      ({ code, stderr }: { code: number; stderr: string }) => {
        assert.equal(code, 2);
        return stderr.startsWith("error: unknown command 'stauts'\n(Did you mean status?)\n");
      },
    );
  });

  it("says in one sentence which Node it needs", async () => {
    await using folder = await temporaryFolder();
    const installed = join(folder.path, "bin", "iggy-connectors.mjs");
    await mkdir(join(folder.path, "dist"));
    await cp(BIN, installed);
    await writeFile(join(folder.path, "dist", "main.js"), 'console.log("started")');
    await assert.rejects(run(process.execPath, [...asNode("20.11.1"), installed]), {
      code: 1,
      stdout: "",
      stderr: "iggy-connectors needs Node 24 or newer, and this is Node 20.11.1: https://nodejs.org has it\n",
    });
    assert.equal((await run(process.execPath, [...asNode("24.0.0"), installed])).stdout, "started\n");
  });
});
