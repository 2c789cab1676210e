import assert from "node:assert/strict";
import { test } from "node:test";
import { toTaskError } from "./errors.ts";
import { sourcePlace } from "./source-place.ts";

/** An error with these frames. */
function thrownAt(...frames: string[]): Error {
  return Object.assign(new TypeError("x"), {
    stack: ["TypeError: x", ...frames.map((frame) => `    at ${frame}`)].join("\n"),
  });
}

const RUNTIME = "invoke (file:///srv/node_modules/@iggy-connectors/runtime/dist/worker/plugin/plugin-call.js:60:10)";

test("the place of an error is the topmost line in the plugin's own code", () => {
  const cases: [string[], string | undefined][] = [
    [["Object.consume (file:///etc/sinks/mine.ts:12:34)", RUNTIME], "/etc/sinks/mine.ts:12"],
    [["async consume (file:///etc/my%20sinks/mine.ts?changed=5:12:34)", RUNTIME], "/etc/my sinks/mine.ts:12"],
    [["/etc/sinks/mine.js:3:1", RUNTIME], "/etc/sinks/mine.js:3"],
    [
      ["Client.query (/etc/sinks/node_modules/pg/lib/client.js:5:9)", "consume (/etc/sinks/mine.js:3:1)", RUNTIME],
      "/etc/sinks/mine.js:3",
    ],
    [
      [
        "Socket.emit (node:events:514:20)",
        "x (/srv/node_modules/@iggy-connectors/sink-http/dist/index.js:7:1)",
        RUNTIME,
      ],
      "/srv/node_modules/@iggy-connectors/sink-http/dist/index.js:7",
    ],
    [["Socket.emit (node:events:514:20)", RUNTIME], undefined],
    [[], undefined],
  ];
  for (const [frames, place] of cases) assert.equal(sourcePlace(thrownAt(...frames)), place);
  for (const thrown of ["text", undefined, Object.assign(new Error("x"), { stack: 5 })]) {
    assert.equal(sourcePlace(thrown), undefined);
  }
});

test("what a plugin threw by mistake is shown with its place", () => {
  const { code, message, place } = toTaskError(thrownAt("Object.consume (file:///etc/sinks/mine.ts:12:34)", RUNTIME));
  assert.deepEqual(
    { code, message, place },
    { code: "IGC_PLUGIN_BUG", message: "x (at /etc/sinks/mine.ts:12)", place: "/etc/sinks/mine.ts:12" },
  );
});
