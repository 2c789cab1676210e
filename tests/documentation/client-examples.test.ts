import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyProcess, Killable, temporaryFolder } from "@iggy-connectors/testing";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/client/${name}.ts`, import.meta.url));

async function run(name: string, ...arguments_: string[]): Promise<string> {
  await using process = new Killable(example(name), { arguments: arguments_ });
  const code = await process.exited;
  assert.equal(code, 0, process.output);
  return process.output;
}

test("the client's examples: what one sends the other counts, each order once", async () => {
  await using folder = await temporaryFolder();
  const { process: server, address } = await IggyProcess.start(join(folder.path, "data"));
  await using _ = server;
  assert.match(await run("produce", address, "5000"), /^5000 orders confirmed/m);
  const first = await run("consume", address, "1");
  assert.match(first, /^customer-19: 200$/m);
  assert.match(first, /^5000 orders$/m);
  // The second time only what is new.
  await run("produce", address, "150");
  const second = await run("consume", address, "1");
  assert.match(second, /^customer-0: 100\ncustomer-1: 50\n150 orders$/m);
});
