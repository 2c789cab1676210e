import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startServer } from "@iggy-connectors/server";
import { temporaryFolder } from "@iggy-connectors/testing";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [first, producer, consumer, ...others] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
assert.ok(first !== undefined && producer !== undefined && consumer !== undefined && others.length === 0);

/** What the later examples take for granted: the reader's own client and functions. */
const PRELUDE = `
import { IggyClient } from "@iggy-connectors/client";
const client = await IggyClient.connect("iggy://iggy:iggy@localhost:8090");
const key = Buffer.from("customer-7");
const batches = [[{ payload: Buffer.from("a") }, { payload: Buffer.from("b") }], [{ payload: Buffer.from("c") }]];
const report = (error) => { throw error; };
const billed = [];
const bill = async (payload) => {
  billed.push(payload.toString());
  if (billed.length === 4) setImmediate(() => consumer.close());
};
`;

/** Runs a program against a server at `address`; fails when the program does. */
async function run(program: string, address: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--conditions=iggy-source", "--input-type=module-typescript", "-e", program.replaceAll("localhost:8090", address)],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), stdio: ["ignore", "pipe", "pipe"] },
  );
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

test("the examples of the README run, one after the other, and print what they say", async () => {
  await using folder = await temporaryFolder("iggy-readme-");
  const server = await startServer({ address: "127.0.0.1:0", path: folder.path });
  try {
    const said = /console\.log\(.*\); \/\/ (.*)/.exec(first)![1]!;
    assert.equal(await run(first, server.address), said);
    await run(`${PRELUDE}\n${producer}\nawait client.close();`, server.address);
    const billed = await run(
      `${PRELUDE}\n${consumer}\nconsole.log(billed.sort().join()); await client.close();`.replace(
        'group: "billing"',
        'group: "reader"',
      ),
      server.address,
    );
    assert.equal(billed, 'a,b,c,{"order":1}');
  } finally {
    await server.close();
  }
});
