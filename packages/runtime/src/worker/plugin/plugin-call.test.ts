import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FatalError, type RetryableError } from "@iggy-connectors/sdk";
import { TaskCalls } from "../task/task-calls.ts";
import { HungPluginError } from "./hung-plugin-error.ts";
import { callPlugin } from "./plugin-call.ts";

const CALLS = new TaskCalls();
const never = new AbortController().signal;

describe("a plugin's call", () => {
  it("returns what the method returns, and throws what it throws, also synchronously", async () => {
    const limits = { what: "consume", timeout: 0, cancel: never, calls: CALLS };
    assert.equal(await callPlugin(async () => 7, limits), 7);
    await assert.rejects(
      callPlugin(() => {
        throw new TypeError("bug");
      }, limits),
      TypeError,
    );
  });

  it("waits for a call that ends after its timeout, and accepts its success", async () => {
    let late: RetryableError | undefined;
    const result = await callPlugin(
      (signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => setTimeout(() => resolve("written"), 5))),
      { what: "consume", timeout: 5, cancel: never, calls: CALLS, onTimeout: (error) => (late = error) },
    );
    assert.equal(result, "written");
    assert.equal(late?.code, "IGC_PLUGIN_TIMEOUT");
  });

  it("reports the timeout where the call fails because of it, but not instead of a fatal error", async () => {
    const failing = (error: Error) => (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(error)));
    const limits = { what: "consume", timeout: 5, cancel: never, calls: CALLS };
    await assert.rejects(callPlugin(failing(new Error("aborted")), limits), { code: "IGC_PLUGIN_TIMEOUT" });
    await assert.rejects(callPlugin(failing(new FatalError("no")), limits), FatalError);
  });

  it("gives up a call that ignores its abort signal", async () => {
    const keepAlive = setTimeout(() => {}, 60_000);
    const limits = { what: "consume", timeout: 5, cancel: never, calls: CALLS };
    await assert.rejects(
      callPlugin(() => new Promise<void>(() => {}), limits, 10),
      HungPluginError,
    );
    const cancel = new AbortController();
    cancel.abort();
    await assert.rejects(
      callPlugin(() => new Promise<void>(() => {}), { ...limits, timeout: 0, cancel: cancel.signal, calls: CALLS }, 10),
      HungPluginError,
    );
    clearTimeout(keepAlive);
  });
});
