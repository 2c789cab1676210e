import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { iggyForFile, SLOW } from "../../../test/supervisor/iggy-for-file.ts";
import { everyPlacement, superviseSink } from "../../../test/supervisor/supervised-sink.ts";
import type { Isolation } from "./placements/placement.ts";

const iggy = iggyForFile();

interface Deed {
  readonly name: string;
  /** In `consume`, which then returns. */
  readonly code: string;
  readonly isolations: readonly Isolation[];
  /** What the state says; absent: the connector is not affected. */
  readonly error?: { readonly code: string; readonly message?: RegExp };
}

const EVERYWHERE: readonly Isolation[] = ["thread", "shared", "process"];
const CRASHED = "IGC_PLUGIN_CRASHED";

/** What a plugin may do to the runtime, and what comes of it. That this test's own process goes on is part of each. */
const DEEDS: readonly Deed[] = [
  { name: "posts null", code: "parentPort?.postMessage(null);", isolations: EVERYWHERE },
  {
    name: "posts much",
    code: "for (let i = 0; i < 20; i++) parentPort?.postMessage(Buffer.alloc(5e6));",
    isolations: ["thread"],
  },
  { name: "closes the port", code: "parentPort?.close();", isolations: ["thread", "shared"] },
  {
    name: "looks for the port it was started with",
    code: 'for (const value of Object.values(workerData ?? {})) value?.postMessage?.({ type: "event", event: null });',
    isolations: ["thread", "shared"],
  },
  { name: "sends to the parent process", code: "process.send?.(null);", isolations: ["process"] },
  {
    name: "exits",
    code: "process.exit(5);",
    isolations: EVERYWHERE,
    error: { code: "IGC_PLUGIN_EXITED", message: /exit code 5/ },
  },
  { name: "aborts", code: "process.abort();", isolations: ["process"], error: { code: CRASHED, message: /SIGABRT/ } },
  {
    name: "kills its process",
    code: 'process.kill(process.pid, "SIGKILL");',
    isolations: ["process"],
    error: { code: CRASHED, message: /SIGKILL/ },
  },
  {
    name: "disconnects",
    code: "process.disconnect?.();",
    isolations: ["process"],
    error: { code: "IGC_PLUGIN_EXITED" },
  },
  {
    name: "signals the runtime",
    code: 'process.kill(process.pid, "SIGTERM");',
    isolations: ["thread"],
    error: { code: "IGC_PLUGIN_SIGNAL" },
  },
  {
    name: "signals the runtime from its process",
    code: 'process.kill(process.ppid, "SIGTERM");',
    isolations: ["process"],
    error: { code: "IGC_PLUGIN_SIGNAL" },
  },
  {
    name: "signals the group",
    code: 'process.kill(0, "SIGTERM");',
    isolations: ["thread", "process"],
    error: { code: "IGC_PLUGIN_SIGNAL" },
  },
  {
    name: "rejects behind everyone's back",
    code: 'Promise.reject(new Error("lost")); await new Promise(() => {});',
    isolations: EVERYWHERE,
    error: { code: CRASHED, message: /^lost$/ },
  },
  {
    name: "throws what is not an error",
    code: "setImmediate(() => { throw Object.create(null); }); await new Promise(() => {});",
    isolations: ["thread", "process"],
    error: { code: CRASHED },
  },
  {
    name: "throws an error of 50 MB",
    code: 'throw new Error("x".repeat(50e6));',
    isolations: ["thread"],
    error: { code: "IGC_PLUGIN_BUG", message: /more characters\)/ },
  },
  {
    name: "throws an error of 50 MB outside of a call",
    code: 'setImmediate(() => { throw new Error("x".repeat(50e6)); }); await new Promise(() => {});',
    isolations: ["thread", "process"],
    error: { code: CRASHED, message: /more characters\)/ },
  },
  {
    name: "logs much",
    code: 'context.logger.info("y".repeat(50e6), { z: "z".repeat(50e6) });',
    isolations: ["thread"],
  },
  {
    name: "logs what cannot be written",
    code: `const a = {}; a.a = a;
      context.logger.info(Symbol("s"), { a, f() {}, big: 1n, bad: { toJSON() { throw 1; } } });`,
    isolations: ["thread", "process"],
  },
  {
    name: "sets strange metrics",
    code: `const g = context.metrics.gauge("g", { help: 1 }); g.set(NaN); g.set("7");
      context.metrics.counter("c", "c").add(Infinity);`,
    isolations: ["thread"],
  },
  { name: "changes its environment", code: 'process.env.PATH = ""; process.env.HOME = "x";', isolations: EVERYWHERE },
  { name: "changes the folder", code: 'try { process.chdir("/"); } catch {}', isolations: ["thread", "process"] },
  {
    name: "holds more buffers than it may",
    code: "const held = (globalThis.held ??= []); for (let i = 0; i < 40; i++) held.push(Buffer.alloc(20e6, 1));",
    isolations: ["thread"],
    error: { code: "IGC_PLUGIN_OUT_OF_MEMORY", message: /MiB of buffers/ },
  },
];

const RETRY = {
  ...{ initialBackoff: 500, maxBackoff: 500, backoffMultiplier: 1, jitter: 0 },
  ...{ maxAttempts: 0, maxElapsed: 0 },
};

describe("a plugin that harms", { concurrency: 2 }, () => {
  for (const { name, code, isolations, error } of DEEDS) {
    for (const isolation of isolations) {
      it(`${name} (${isolation})`, async () => {
        const topic = await iggy.topic();
        await iggy.send(topic, "1");
        const environment = { PATH: process.env.PATH, HOME: process.env.HOME };
        await using sink = await superviseSink({
          ...{ iggy, topic, isolation, place: everyPlacement() },
          create: `return { async consume() { ${code} } };`,
          // What is thrown is repeated, so that the state keeps it.
          spec: { retry: RETRY },
        });
        const { task, lines } = sink;
        if (error === undefined) {
          await eventually(() => task.status().counters.delivered === 1, SLOW);
          assert.equal(task.restarts.size, 0, JSON.stringify(lines.map(({ message }) => message)));
        } else {
          const found = await eventually(() => {
            const last = task.status().lastError;
            return last?.code === error.code ? last : undefined;
          }, SLOW);
          if (error.message !== undefined) assert.match(found.message, error.message);
          assert.ok(found.message.length < 5000);
        }
        assert.ok(lines.every(({ message }) => message.length < 20_000));
        assert.deepEqual({ PATH: process.env.PATH, HOME: process.env.HOME }, environment);
      });
    }
  }
});
