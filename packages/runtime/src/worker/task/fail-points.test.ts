import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { RetryableError } from "@iggy-connectors/sdk";
import { parseFailPoints } from "./fail-points.ts";

describe("fail points", () => {
  it("are undefined when none is set", () => {
    assert.equal(parseFailPoints(undefined), undefined);
    assert.equal(parseFailPoints(""), undefined);
  });

  it("raise an error, at every pass or at one", async () => {
    const pass = parseFailPoints("sink.after_poll:error,sink.after_flush:error@3, source.after_send:delay(1)");
    assert.ok(pass !== undefined);
    for (let count = 0; count < 2; count++) await assert.rejects(pass("sink.after_poll"), RetryableError);
    await pass("sink.after_flush");
    await pass("sink.after_flush");
    await assert.rejects(pass("sink.after_flush"), /fail point sink.after_flush/);
    await pass("sink.after_flush");
    await pass("sink.before_store");
    await pass("source.after_send");
  });

  for (const text of ["sink.nowhere:kill", "sink.after_poll", "sink.after_poll:explode", "sink.after_poll:kill@x"]) {
    it(`refuse ${text}`, () => {
      assert.throws(() => parseFailPoints(text), /IGGY_CONNECTORS_FAILPOINT/);
    });
  }

  it("kill the process, also where plugins may send it no signals", async () => {
    const script = `
      const { parseFailPoints } = await import(${JSON.stringify(new URL("./fail-points.ts", import.meta.url).href)});
      const { forbidSignals } = await import(${JSON.stringify(new URL("./forbid-signals.ts", import.meta.url).href)});
      forbidSignals([process.pid]);
      const pass = parseFailPoints(process.env.IGGY_CONNECTORS_FAILPOINT);
      await pass("sink.before_store");
      process.stdout.write("once ");
      setInterval(() => {}, 1000);
      await pass("sink.before_store");
      process.stdout.write("twice");
    `;
    const child = spawn(
      process.execPath,
      ["--conditions=iggy-source", "--input-type=module", "--import", "data:text/javascript,", "-e", script],
      {
        env: { ...process.env, IGGY_CONNECTORS_FAILPOINT: "sink.before_store:kill@2" },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk));
    const [, signal] = await once(child, "close");
    assert.equal(signal, "SIGKILL");
    assert.equal(output, "once ");
  });
});
