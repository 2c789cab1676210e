import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiConnector } from "@iggy-connectors/runtime/api-types";
import { connectorsView } from "./connectors-view.ts";

function connector(key: string, changes: Partial<ApiConnector> = {}): ApiConnector {
  return {
    ...{
      id: 1,
      key,
      name: key,
      path: key,
      enabled: true,
      status: "running",
      state: "running",
      version: 0,
      desired: "running",
    },
    ...{ since: new Date().toISOString(), lag: 0, rate: 2.5, dead_lettered: 0, last_success: null, tasks: [] },
    counting_since: new Date().toISOString(),
    ...changes,
  };
}

test("the bad news comes first: what fails, what cannot be replaced, dead letters, what is behind", () => {
  const error = { code: "IGC_SINK_AWAY", message: "away", timestamp: 0 };
  const view = connectorsView({
    sources: [connector("random")],
    sinks: [
      connector("paused", { state: "paused", lag: 9 }),
      connector("letters", { dead_lettered: 104 }),
      connector("edited", {
        rejected: { version: 3, error: { ...error, code: "IGC_X" }, at: new Date().toISOString() },
      }),
      connector("away", { state: "retrying", last_error: error }),
      connector("dead", { state: "failed", last_error: error, rate: null }),
    ],
  });
  const [head, ...lines] = view.split("\n");
  assert.match(head ?? "", /^CONNECTOR +STATE +SINCE +LAG +MSG\/S +DEAD LETTERS/);
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["sink/dead", "sink/away", "sink/edited", "sink/letters", "sink/paused", "source/random"],
  );
  assert.match(lines[0] ?? "", /IGC_SINK_AWAY: away$/);
  assert.match(lines[2] ?? "", /version 3 cannot run, the one before does: IGC_X: away$/);
  assert.match(lines[3] ?? "", / 104$/);
  assert.match(lines[4] ?? "", /messages wait: it is paused$/);
  assert.equal(connectorsView({ sources: [], sinks: [] }), "This runtime has no connectors.");
});
