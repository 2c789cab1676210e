import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import { parseIndexDefinition } from "./index-definition.ts";

function refused(yaml: string): FatalError {
  try {
    parseIndexDefinition(yaml);
  } catch (error) {
    assert.ok(error instanceof FatalError);
    assert.equal(error.code, "IGC_SINK_QUICKWIT_INDEX");
    return error;
  }
  return assert.fail("accepted");
}

test("id and commit timeout are read, the text is kept", () => {
  const yaml = "version: 0.9\nindex_id: events\nindexing_settings:\n  commit_timeout_secs: 10\n";
  assert.deepEqual(parseIndexDefinition(yaml), { id: "events", yaml, commitTimeout: 10 });
  assert.equal(parseIndexDefinition("index_id: events").commitTimeout, 60);
});

test("invalid YAML names its line", () => {
  const error = refused("version: 0.9\nindex_id: events\ndoc_mapping: [1, 2\nmode: x");
  assert.match(error.message, /not valid YAML in line [34]/);
  assert.match(error.place ?? "", /^index, line [34]$/);
});

test("a missing or impossible index_id is said", () => {
  assert.match(refused("version: 0.9").message, /has no index_id/);
  assert.match(refused("version: 0.9\nindex_id: ../x").message, /invalid index_id in line 2/);
  assert.match(refused("version: 0.9\n\nindex_id: 17").message, /invalid index_id in line 3/);
  for (const yaml of ["", "text", "- a", "index_id: a"]) refused(yaml);
});
