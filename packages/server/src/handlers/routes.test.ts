import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "@iggy-connectors/protocol";
import { isUnavailable, ROUTES, readRoute, replicatedRoute } from "./routes.ts";

/** Commands without a route, and why. A new command gets a route, or a line here and in the README. */
const NOT_ROUTED = {
  "served before a session is asked for": ["login_with_password", "login_with_token", "logout", "ping"],
  "refused as not available": ["get_snapshot", "flush_unsaved_buffer"],
  "for clusters only: refused as unknown": [
    "get_poll_routing",
    "get_consumer_offset_routing",
    "attach_consumer_session",
    "poll_messages_on_primary",
  ],
};

test("every command of the protocol has a route, or is listed as one without", () => {
  const routed = ROUTES.map(({ command }) => command.name);
  assert.equal(new Set(routed).size, routed.length);
  const expected = COMMANDS.map(({ name }) => name);
  assert.deepEqual([...routed, ...Object.values(NOT_ROUTED).flat()].sort(), expected.sort());
});

test("a route is found by its code or by its operation, never by both", () => {
  for (const route of ROUTES) {
    const { operation, code } = route.command;
    const found = [readRoute(code), replicatedRoute(operation)].filter((candidate) => candidate !== undefined);
    assert.deepEqual(found, [route], route.command.name);
    assert.equal(isUnavailable(code), readRoute(code) === undefined, route.command.name);
  }
});
