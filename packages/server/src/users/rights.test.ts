import assert from "node:assert/strict";
import { test } from "node:test";
import { permissionsEntry, ROOT_PERMISSIONS } from "../catalog/permissions.ts";
import { grants, type Right } from "./rights.ts";

const NOTHING = {
  manageServers: false,
  readServers: false,
  manageUsers: false,
  readUsers: false,
  manageStreams: false,
  readStreams: false,
  manageTopics: false,
  readTopics: false,
  pollMessages: false,
  sendMessages: false,
};
const NO_STREAM = {
  manageStream: false,
  readStream: false,
  manageTopics: false,
  readTopics: false,
  pollMessages: false,
  sendMessages: false,
};
const NO_TOPIC = { manageTopic: false, readTopic: false, pollMessages: false, sendMessages: false };

const RIGHTS: readonly Right[] = [
  "readServers",
  "readUsers",
  "manageUsers",
  "createStream",
  "listStreams",
  "readStream",
  "manageStream",
  "listTopics",
  "readTopic",
  "createTopic",
  "manageTopic",
  "poll",
  "send",
];

function granted(permissions: Parameters<typeof grants>[0], streamId: number, topicId: number): Right[] {
  return RIGHTS.filter((right) => grants(permissions, right, streamId, topicId));
}

test("root may do everything, a user without permissions nothing", () => {
  assert.deepEqual(granted(ROOT_PERMISSIONS, 0, 0), RIGHTS);
  assert.deepEqual(granted(undefined, 0, 0), []);
  assert.deepEqual(granted(permissionsEntry({ global: NOTHING, streams: new Map() }), 0, 0), []);
});

test("global permissions cover every stream and topic", () => {
  const cases: [keyof typeof NOTHING, Right[]][] = [
    ["readServers", ["readServers"]],
    ["readUsers", ["readUsers"]],
    ["manageUsers", ["readUsers", "manageUsers"]],
    ["readStreams", ["listStreams", "readStream", "listTopics", "readTopic", "poll"]],
    ["manageTopics", ["listTopics", "readTopic", "createTopic", "manageTopic", "poll", "send"]],
    ["readTopics", ["listTopics", "readTopic", "poll"]],
    ["pollMessages", ["poll"]],
    ["sendMessages", ["send"]],
  ];
  for (const [flag, expected] of cases) {
    const permissions = permissionsEntry({ global: { ...NOTHING, [flag]: true }, streams: new Map() });
    assert.deepEqual(granted(permissions, 7, 7), expected, flag);
  }
});

test("permissions on a stream or topic end there", () => {
  const topics = new Map([[2, { ...NO_TOPIC, sendMessages: true }]]);
  const streams = new Map([
    [1, { ...NO_STREAM, readStream: true, topics: new Map() }],
    [5, { ...NO_STREAM, topics }],
  ]);
  const permissions = permissionsEntry({ global: NOTHING, streams });
  assert.deepEqual(granted(permissions, 1, 0), ["readStream", "listTopics", "readTopic", "poll"]);
  assert.deepEqual(granted(permissions, 2, 0), []);
  assert.deepEqual(granted(permissions, 5, 2), ["send"]);
  assert.deepEqual(granted(permissions, 5, 3), []);
});
