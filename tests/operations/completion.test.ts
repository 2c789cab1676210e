import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Killable } from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

async function command(arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  await using child = new Killable(MAIN, { arguments: arguments_, environment });
  const code = await child.exited;
  return { code, output: child.output };
}

/** What bash offers for a line with the script, if the command returns these names. */
function offered(script: string, line: string): string[] {
  const words = line.split(" ");
  const shell = `${script}
iggy-connectors() { [[ "$1 $2" == "__connectors any" ]] && printf 'sink/orders\\nsource/lines\\n'; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_iggy_connectors
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-c", shell], { encoding: "utf8" }).split("\n").filter(Boolean);
}

test("bash completes commands, options and the names of connectors", async () => {
  const { code, output: script } = await command(["completion", "bash"]);
  assert.equal(code, 0, script);
  assert.deepEqual(offered(script, "iggy-connectors dead-"), ["dead-letters"]);
  assert.deepEqual(offered(script, "iggy-connectors dead-letters pur"), ["purge"]);
  assert.deepEqual(offered(script, "iggy-connectors check --no"), ["--no-connect"]);
  assert.deepEqual(offered(script, "iggy-connectors pause so"), ["source/lines"]);
  assert.deepEqual(offered(script, "iggy-connectors dry-run sink/orders --mess"), ["--messages"]);
  assert.deepEqual(offered(script, "iggy-connectors completion z"), ["zsh"]);
  assert.ok(!script.includes("__connectors)"), "the hidden command is not offered");
});

test("the scripts of the other shells contain every command", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { code, output } = await command(["completion", shell]);
    assert.equal(code, 0);
    for (const word of ["dry-run", "dead-letters replay", "no-connect", "__connectors sink"]) {
      assert.ok(output.includes(word), `${shell}: ${word}`);
    }
  }
  assert.equal((await command(["completion", "tcsh"])).code, 2);
});

test("names come from a running runtime; without one nothing is printed", async () => {
  const api = createServer((request, response) => {
    const key = request.url === "/sinks" ? "orders" : "lines";
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify([{ key }]));
  });
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  const environment = {
    IGGY_CONNECTORS_HTTP_ADDRESS: `127.0.0.1:${(api.address() as AddressInfo).port}`,
    IGGY_CONNECTORS_CONNECTORS_CONFIG_DIR: "c",
  };
  try {
    const names = await command(["__connectors", "any"], environment);
    assert.deepEqual([names.code, names.output], [0, "source/lines\nsink/orders\n"]);
    assert.equal((await command(["__connectors", "sink"], environment)).output, "sink/orders\n");
  } finally {
    api.closeAllConnections();
    api.close();
  }
  assert.deepEqual(await command(["__connectors", "any"], environment), { code: 0, output: "" });
});

test("an interrupt ends a command at once, with exit code 130", async () => {
  const api = createServer();
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  try {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    for (const words of [
      ["tail", "sink/x"],
      ["dead-letters", "replay", "sink/x", "--all"],
    ]) {
      await using child = new Killable(MAIN, { arguments: [...words, "--api", url] });
      await once(api, "request");
      child.child.kill("SIGINT");
      assert.equal(await child.exited, 130);
    }
  } finally {
    api.closeAllConnections();
    api.close();
  }
});
