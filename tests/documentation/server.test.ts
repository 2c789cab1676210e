import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { temporaryFolder } from "@iggy-connectors/testing";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(join(ROOT, "packages/server/README.md"), "utf8");

function example(language: string): string {
  const code = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  assert.ok(code !== undefined);
  return code;
}

test("the program of the server's README runs as it stands", async () => {
  await using folder = await temporaryFolder();
  const code = example("ts").replace("./local_data", join(folder.path, "data"));
  const options = ["--conditions=iggy-source", "--input-type=module-typescript", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: ROOT });
  assert.match(stdout, /^served 1 stream at 127\.0\.0\.1:\d+\n$/);
});

test("the command of the server's README runs as it stands, with the root user of the environment", async (t) => {
  await using folder = await temporaryFolder();
  const [command, ...words] = example("sh").trim().split(" ");
  assert.equal(command, "iggy-connectors");
  const values = words.map((word) => word.replace(":8090", ":0").replace("./local_data", join(folder.path, "data")));
  const main = join(ROOT, "packages/cli/src/main.ts");
  const server = spawn(process.execPath, ["--conditions=iggy-source", main, ...values], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, IGGY_ROOT_USERNAME: "admin", IGGY_ROOT_PASSWORD: "of the environment" },
  });
  t.after(() => server.kill("SIGKILL"));
  let address: string | undefined;
  for await (const line of createInterface({ input: server.stdout })) {
    address = /listening on (\S+:\d+)/.exec(line)?.[1];
    if (address !== undefined) break;
  }
  assert.ok(address !== undefined);
  const client = await IggyClient.connect({ address, username: "admin", password: "of the environment" });
  assert.deepEqual(await client.getStreams(), []);
  await client.close();
  server.stdout.resume();
  server.kill("SIGTERM");
  assert.deepEqual(await once(server, "exit"), [0, null]);
});
