import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConnectionString } from "./connection-string.ts";

const read = (text: string) => {
  const { hosts, user, password, database, parameters } = parseConnectionString(text);
  const places = hosts.map(({ host, port }) => `${host}:${port}`).join(",");
  return [places, user, password, database, Object.fromEntries(parameters)];
};

test("a connection string is read as libpq reads it", () => {
  const none = undefined;
  for (const [text, expected] of [
    ["postgres://u:p@h/d", ["h:5432", "u", "p", "d", {}]],
    ["postgresql://u:p%40%2F%23@h:6000/d%20b?sslmode=require", ["h:6000", "u", "p@/#", "d b", { sslmode: "require" }]],
    ["postgres://u:pa#ss@h/d", ["h:5432", "u", "pa#ss", "d", {}]],
    [
      "postgres://u@h1:1,h2:2,h3/d?target_session_attrs=read-write",
      ["h1:1,h2:2,h3:5432", "u", none, "d", { target_session_attrs: "read-write" }],
    ],
    ["postgres://[::1]:7,[fe80::2]/d", ["::1:7,fe80::2:5432", none, none, "d", {}]],
    ["postgres://", ["localhost:5432", none, none, none, {}]],
    ["postgres:///d?host=/var/run/postgresql&user=u", ["/var/run/postgresql:5432", "u", none, "d", {}]],
    ["postgres://%2Fvar%2Frun/d", ["/var/run:5432", none, none, "d", {}]],
    ["host=h port=6000 dbname=d user=u password=p", ["h:6000", "u", "p", "d", {}]],
    [
      "host=a,b port=1,2 dbname = 'my db' password='it\\'s \\\\ x' options='-c search_path=x'",
      ["a:1,b:2", none, "it's \\ x", "my db", { options: "-c search_path=x" }],
    ],
    ["host=a,b port=6000", ["a:6000,b:6000", none, none, none, {}]],
    ["hostaddr=10.0.0.1 host=name dbname=''", ["10.0.0.1:5432", none, none, none, {}]],
  ] as const) {
    assert.deepEqual(read(text), expected, text);
  }
});

test("what cannot be read is refused, without the password", () => {
  for (const text of [
    "",
    "secret",
    "mysql://u:secret@h/d",
    "host=h password='secret",
    "host=h secret",
    "postgres://u:secret@h:99999/d",
    "postgres://u:secret@h:x/d",
    "postgres://u:secret%4@h/d",
    "postgres://u:secret@h1:1:2/d",
    "host=a,b port=1,2,3 password=secret",
  ]) {
    assert.throws(
      () => parseConnectionString(text),
      (error) => error instanceof Error && error.name === "ConnectionStringError" && !error.message.includes("secret"),
      text,
    );
  }
});
