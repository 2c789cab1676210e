import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { readLogin, tokenCredentials } from "./credentials.ts";

test("a token file is read at each login, without the line break at its end", async () => {
  await using folder = await temporaryFolder("iggy-token-");
  const path = join(folder.path, "token");
  const credentials = tokenCredentials(`file:${path}`);
  await writeFile(path, "first\n");
  assert.deepEqual(await readLogin(credentials), { kind: "token", token: "first" });
  await writeFile(path, "  second\r\n");
  assert.deepEqual(await readLogin(credentials), { kind: "token", token: "second" });
});

test("~ is the home directory, at the start of the path only", async () => {
  const missing = async (path: string): Promise<string> => {
    try {
      await readLogin(tokenCredentials(`file:${path}`));
    } catch (error) {
      return String(error);
    }
    return assert.fail("there is such a file");
  };
  assert.ok((await missing("~/no-such-token")).includes(`${homedir()}/no-such-token`));
  assert.ok((await missing("/no~/such-token")).includes("/no~/such-token"));
});

test("what cannot be a token is refused", () => {
  assert.throws(() => tokenCredentials(""), { code: 53, message: /has 0 bytes/ });
  assert.throws(() => tokenCredentials("file:"), { code: 53, message: /file: without a path/ });
});
