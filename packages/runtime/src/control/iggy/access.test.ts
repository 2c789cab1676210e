import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { runtimeFileSchema } from "../config/runtime-file/schema.ts";
import { iggyAccess } from "./access.ts";

const access = (iggy: object) => iggyAccess(runtimeFileSchema.parse({ iggy }).iggy, "/srv");

test("user and password, unless there is a token", () => {
  assert.deepEqual(access({}), { address: "localhost:8090", username: "iggy", password: "iggy" });
  assert.deepEqual(access({ token: "abc" }), { address: "localhost:8090", token: "abc" });
});

test("files are found from the working directory, or the home", () => {
  assert.equal(access({ token: "file:secrets/token" }).token, "file:/srv/secrets/token");
  assert.equal(access({ token: "file:~/token" }).token, `file:${homedir()}/token`);
  assert.equal(access({ token: "file:/run/token" }).token, "file:/run/token");
  assert.deepEqual(access({ tls: { enabled: true, ca_file: "ca.pem", domain: "iggy.example" } }).tls, {
    caFile: "/srv/ca.pem",
    serverName: "iggy.example",
  });
});
