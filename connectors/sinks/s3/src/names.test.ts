import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamSelection } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { escapeName, FolderTemplate, objectName, offsetObjectName } from "./names.ts";

const TEST_PARTITION = { stream: "orders", topic: "created/new", partition: 3 };
const TIME = Date.UTC(2026, 2, 4, 5, 6, 7, 89) * 1000;

test("an object's name is the original's, without the last offset where the first one alone may say it", () => {
  const folder = new FolderTemplate("/archive/", "/{stream}/{topic}/{date}/{hour}/").render(TEST_PARTITION, TIME);
  assert.equal(folder, "archive/orders/created%2Fnew/2026-03-04/05");
  const name = { folder, partition: 3, first: 7n, last: 12n, generation: 0, extension: ".jsonl" };
  assert.equal(
    objectName(name),
    "archive/orders/created%2Fnew/2026-03-04/05/00003-00000000000000000007-00000000000000000012.jsonl",
  );
  assert.equal(
    objectName({ ...name, last: undefined, generation: 2 }),
    "archive/orders/created%2Fnew/2026-03-04/05/00003-00000000000000000007-r2.jsonl",
  );
});

test("all variables are filled, unknown ones stay", () => {
  const template = new FolderTemplate(undefined, "{partition}/{year}-{month}-{day}/{timestamp}/{what}/{toString}");
  assert.equal(template.render(TEST_PARTITION, TIME), "3/2026-03-04/1772600767089/{what}/{toString}");
});

const one = (stream: string, ...topics: string[]) => ({ stream, topics, pattern: false });

test("a template must tell apart the topics that are read, and only those", () => {
  const cases: [boolean, string, StreamSelection[]][] = [
    [true, "all/{date}", [one("s", "a")]],
    [true, "all/{date}", []],
    [true, "all/{date}", [one("s", "a"), one("s", "a")]],
    [false, "all/{date}", [one("s", "a", "b")]],
    [false, "all/{date}", [{ stream: "s", topics: [], pattern: true }]],
    [true, "{topic}", [{ stream: "s", topics: ["a"], pattern: true }]],
    [true, "{topic}/{date}", [one("s", "a", "b")]],
    [true, "topic={topic}/date={date}", [one("s", "a", "b")]],
    [false, "{topic}", [one("s", "a"), one("r", "a")]],
    [true, "{topic}", [one("s", "a"), one("r", "b")]],
    [true, "{stream}", [one("s", "a"), one("r", "a")]],
    [false, "{stream}", [one("s", "a", "b"), one("r", "a")]],
    [false, "{topic}", [one("s", "a"), { stream: "r", topics: [], pattern: true }]],
    [true, "{stream}/{topic}", [one("s", "a"), { stream: "r", topics: [], pattern: true }]],
    [false, "{stream}{topic}", [one("a", "bc"), one("ab", "c")]],
    [false, "{stream}-{topic}", [one("a-b", "c"), one("a", "b-c")]],
    [true, "{stream}-{topic}", [one("a", "b", "c")]],
    [false, "{topic}{timestamp}", [one("s", "a", "b")]],
    [false, "{date}.{topic}", [one("s", "a", "b")]],
  ];
  for (const [separates, template, streams] of cases)
    assert.equal(
      new FolderTemplate("p", template).separates(streams),
      separates,
      `${template} ${JSON.stringify(streams)}`,
    );
});

test("two topics never share a folder of a template that tells them apart, and their names can be read back", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.isWellFormed()),
    fc.string({ minLength: 1, unit: fc.constantFrom("a", "%", "2", "F", "/", " ", ".", "_", "=", "-", "!") }),
    fc.constantFrom(".", "..", "a/b", "a b", "a_b", "a%2Fb", "%2E", "caf\u00e9", "cafe\u0301"),
  );
  fc.assert(
    fc.property(fc.tuple(name, name), fc.tuple(name, name), (first, second) => {
      const folders = new FolderTemplate("p", "{stream}/x={topic}/{date}");
      const [a, b] = [first, second].map(([stream, topic]) =>
        folders.render({ stream, topic, partition: 0 }, TIME),
      ) as [string, string];
      assert.equal(a === b, first[0] === second[0] && first[1] === second[1]);
      const parts = a.split("/");
      assert.equal(parts.length, 4);
      assert.match(a, /^[\w.%=/-]+$/);
      assert.deepEqual(
        [parts[1], parts[2]?.slice(2)].map((part) => decodeURIComponent(part ?? "")),
        first,
      );
      assert.ok(!parts.some((part) => part === "." || part === ".."));
    }),
  );
  const folders = new FolderTemplate(undefined, "{topic}");
  const rendered = ["a.b-C_1", "a b", "ü", "(x)!", ".."].map((topic) =>
    folders.render({ ...TEST_PARTITION, topic }, TIME),
  );
  assert.deepEqual(rendered, ["a.b-C_1", "a%20b", "%C3%BC", "%28x%29%21", "%2E%2E"]);
});

test("messages are together exactly while the folder stays the same, whatever {timestamp} says", () => {
  const templates = ["{stream}", "{date}", "{hour}", "{date}/{hour}", "{day}", "{timestamp}"];
  fc.assert(
    fc.property(
      fc.constantFrom(...templates),
      fc.integer({ min: 0, max: 4e15 }),
      fc.integer({ min: 0, max: 2 * 86_400_000_000 }),
      (text, first, later) => {
        const template = new FolderTemplate(undefined, text);
        const together = template.together(first, first + later);
        if (text === "{timestamp}" || text === "{stream}") assert.ok(together);
        else if (together)
          assert.equal(template.render(TEST_PARTITION, first), template.render(TEST_PARTITION, first + later));
        else assert.ok(later > 0);
      },
    ),
  );
});

test("names sort as first offsets do", () => {
  const name = (first: bigint) =>
    objectName({ folder: "f", partition: 1, first, last: undefined, generation: 0, extension: ".json" });
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n), (one, other) => {
      assert.equal(one < other, name(one) < name(other));
    }),
  );
});

test("no two partitions share an offset object, and no name leads out of the folder", () => {
  const part = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (one, other) => {
      const [a, b] = [one, other].map(([connector, stream, topic]) =>
        offsetObjectName("p", connector as string, { stream: stream as string, topic: topic as string, partition: 0 }),
      ) as [string, string];
      assert.equal(a === b, JSON.stringify(one) === JSON.stringify(other));
      assert.equal(a.split("/").length, 6);
      assert.ok(!a.split("/").some((name) => name === "" || name === "." || name === ".."));
    }),
  );
  assert.equal(escapeName("größe"), "gr%C3%B6%C3%9Fe");
});
