import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { eventually } from "@iggy-connectors/testing";
import { cutLine } from "./screen.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?1049l";

/** `script` of util-linux gives a command a terminal of its own. */
const terminals = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") === true;

describe("a line that is wider than the terminal", () => {
  it("is cut, and the cut is marked", () => {
    assert.equal(cutLine("abcdef", 6), "abcdef");
    assert.equal(cutLine("abcdef", 5), "abcd…");
    assert.equal(cutLine("abcdef", 1), "…");
    assert.equal(stripVTControlCharacters(cutLine("😀😀", 2)).isWellFormed(), true);
  });

  it("keeps its colours, and ends those that it began", () => {
    assert.equal(cutLine("ab \x1b[31mfailed\x1b[39m  reason", 8), "ab \x1b[31mfail\x1b[39m…");
    assert.equal(cutLine("\x1b[31mfailed\x1b[39m", 6), "\x1b[31mfailed\x1b[39m");
  });
});

/** `top` in a terminal of 40 columns and 6 rows, which reads from a runtime that has `count` connectors. */
async function startTop(t: TestContext, environment: NodeJS.ProcessEnv = {}) {
  const error = { code: "IGC_SINK", message: `bad \u001b]0;owned\u0007 ${"x".repeat(100)}`, timestamp: 1 };
  const sinks = Array.from({ length: 20 }, (_, index) => ({
    ...{ id: index, key: `k${index}`, state: "failed", since: "2026-01-31T12:00:00Z", version: 0, desired: "running" },
    ...{ lag: index, rate: 1, dead_lettered: 0, tasks: [], last_error: error },
  }));
  let runtime: "answers" | "away" | "hangs" = "answers";
  const server = createServer((request, response) => {
    if (runtime === "away") request.socket.destroy();
    else if (runtime === "answers") response.end(JSON.stringify(request.url === "/sinks" ? sinks : []));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const node = [process.execPath, ...process.execArgv, MAIN, "top", "--interval", "1", "--api", api];
  const quoted = node.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 40 rows 6; echo pid=$$; exec ${quoted}`, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      SHELL: "/bin/sh",
      TERM: "xterm",
      // Where it is set there are no colours by default.
      CI: undefined,
      FORCE_COLOR: undefined,
      NO_COLOR: undefined,
      ...environment,
    },
  });
  let output = "";
  child.stdout.on("data", (piece) => {
    output += piece;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  t.after(() => {
    child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
  });
  await eventually(() => output.includes("k19"), { what: "the first reading" });
  return {
    input: child.stdin,
    ended,
    terminal: child.pid!,
    pid: Number(/pid=(\d+)/.exec(output)?.[1]),
    output: () => output,
    /** The lines of the last text, as they are drawn. */
    lines: () => output.split("\x1b[2J").at(-1)!.split("\r\n"),
    setRuntime: (value: typeof runtime) => {
      runtime = value;
    },
  };
}

/** By Linux' /proc. */
function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.startsWith("T") === true;
}

describe("top in a terminal", { skip: terminals ? false : "this system has no script of util-linux" }, () => {
  it("fits into it, shows no control character of a runtime, and gives it back on Ctrl-C", async (t) => {
    const top = await startTop(t);
    assert.ok(top.output().includes(ENTER));
    const lines = top.lines();
    assert.equal(lines.length, 5);
    for (const line of lines) {
      assert.ok(stripVTControlCharacters(line).length <= 40, line);
      assert.ok(!line.includes("\u0007") && !line.includes("\x1b]"), JSON.stringify(line));
    }
    assert.ok(lines.at(-1)?.includes("\x1b[31mfailed\x1b[39m") && lines.at(-1)?.endsWith("…"), String(lines.at(-1)));
    top.input.write("\x03");
    assert.equal(await top.ended, 130);
    assert.ok(top.output().trimEnd().endsWith(`\x1b[?7h\x1b[?25h${LEAVE}`), JSON.stringify(top.output().slice(-80)));
  });

  it("draws again when the terminal is resized, and without colours where NO_COLOR is set", async (t) => {
    const top = await startTop(t, { NO_COLOR: "1" });
    assert.ok(!top.output().includes("\x1b[31m"));
    const { status } = spawnSync("stty", ["-F", `/proc/${top.pid}/fd/1`, "cols", "30", "rows", "8"]);
    assert.equal(status, 0);
    await eventually(() => top.lines().length === 7, { what: "a taller picture" });
    for (const line of top.lines()) assert.ok(line.length <= 30, line);
    process.kill(top.pid, "SIGTERM");
    assert.equal(await top.ended, 130);
    assert.ok(top.output().includes(LEAVE));
  });

  it("says that the runtime is away, and goes on when it is back", async (t) => {
    const top = await startTop(t);
    top.setRuntime("away");
    await eventually(() => top.lines().some((line) => line.startsWith("cannot connect")), { what: "that it is away" });
    top.setRuntime("answers");
    await eventually(() => top.lines().some((line) => line.includes("k19")), { what: "the list again" });
    top.setRuntime("hangs");
    await eventually(() => top.lines().some((line) => line.startsWith("cannot connect")), { what: "that it hangs" });
    top.input.write("\x03");
    assert.equal(await top.ended, 130);
  });

  it("gives the terminal back while it is stopped by Ctrl-Z", async (t) => {
    const top = await startTop(t);
    process.kill(top.pid, "SIGTSTP");
    // Not before: SIGCONT takes back a SIGTSTP that is still to be handled.
    await eventually(() => isStopped(top.pid), { what: "the process stopped" });
    // `script` stops with its child, perhaps before it has read what the child wrote last.
    const continued = (): boolean => {
      for (const pid of [top.terminal, top.pid]) process.kill(pid, "SIGCONT");
      return top.output().split(ENTER).length === 3;
    };
    await eventually(continued, { what: "the screen again" });
    assert.ok(top.output().split(ENTER)[1]?.includes(LEAVE), "the terminal as it was, before");
    top.input.write("\x03");
    assert.equal(await top.ended, 130);
  });
});
