import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";
import { render } from "./rendering.ts";

/** Integers that no double holds, within 64 bits and beyond, and numbers that a double holds. */
const NUMBERS = [
  "9007199254740993",
  "-9223372036854775808",
  "18446744073709551615",
  "123456789012345678901234567890",
  "1.5",
  "0",
  "-1",
];

const QUIET = { config: { connectors: { reload: false, allowed_paths: ["./plugin.ts"] } } };

/** Bodies are compared as they are written: the platform's parser would round on both sides. */
async function raw(address: string | undefined, method: string, path: string, body?: string) {
  const reply = await fetch(`http://${address}${path}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  return { status: reply.status, text: await reply.text() };
}

test("integers of any length are exact in the API both ways, and in the files that it writes", async () => {
  await using started = await startScripted((folder) => ({ "a.toml": scriptedSink(folder, "a", "run") }), QUIET);
  const { address } = started.runtime;
  for (const number of NUMBERS) {
    const key = `n${number.replaceAll(/[-.]/g, "_")}`;
    const journal = JSON.stringify(join(started.folder, `${key}.journal`));
    const transforms = `[{"type":"add_fields","fields":[{"key":"k","value":{"static":${number}}}]},{"type":"validate","schema":{"maximum":${number}}}]`;
    const body = `{"enabled":true,"name":"N","path":"./plugin.ts","stop_timeout":"10ms","streams":[{"stream":"s","topics":["t"],"schema":"json"}],"transforms":${transforms},"plugin_config":{"lives":["run"],"journal":${journal},"n":[${number}]}}`;
    const preview = await raw(address, "PUT", `/sinks/${key}?dry_run=true`, body);
    assert.equal(preview.status, 200, preview.text);
    const put = await raw(address, "PUT", `/sinks/${key}`, body);
    assert.equal(put.status, 200, put.text);
    for (const path of ["configs", "configs/0", "configs/active", "transforms"]) {
      const { status, text } = await raw(address, "GET", `/sinks/${key}/${path}`);
      assert.equal(status, 200, text);
      assert.ok(text.includes(`"static":${number}`) && text.includes(`"maximum":${number}`), `${path}: ${text}`);
    }
    const again = await raw(address, "PUT", `/sinks/${key}`, body);
    assert.match(again.text, /"outcome":"unchanged"/, number);
    const created = await raw(address, "POST", `/sinks/${key}/configs`, body);
    assert.ok(created.text.includes(`"static":${number}`), created.text);
    const names = (await readdir(join(started.folder, "connectors"))).filter((name) => name.startsWith(`sink_${key}_`));
    assert.equal(names.length, 2);
    for (const name of names) {
      const text = await readFile(join(started.folder, "connectors", name), "utf8");
      assert.match(text, new RegExp(`[ :\\[]${number.replace(".", "\\.")}\\b`), name);
    }
    // What was written is read with the same digits.
    assert.equal((await raw(address, "POST", `/sinks/${key}/restart`)).status, 204);
    await eventually(() => started.runtime.connectors().some((one) => one.key === key && one.state === "running"));
    assert.deepEqual(await started.get("/errors"), []);
    assert.ok((await raw(address, "GET", `/sinks/${key}/configs/active`)).text.includes(`"static":${number}`));
  }
});

test("settings with long integers are rendered in every format that can hold them", async () => {
  for (const format of ["json", "yaml", "toml", "text"] as const) {
    assert.match((await render({ n: 9007199254740993n }, format)).text, /9007199254740993\b/);
  }
  for (const format of ["json", "yaml", "text"] as const) {
    assert.match((await render({ n: 18446744073709551615n }, format)).text, /18446744073709551615\b/);
  }
  await assert.rejects(render({ n: 18446744073709551615n }, "toml"), { kind: "invalid" });
});
