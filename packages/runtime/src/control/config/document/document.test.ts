import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigurationError } from "../problem.ts";
import { parseDocument, readDocument } from "./document.ts";
import { parseToml } from "./toml.ts";

const TOML = `type = "sink" # a comment with [brackets] and = signs
"quoted.key" = 'x # no comment'
text = """
[not_a_section]
key = 1
"""
nested.dotted.key = 1

[[streams]]
stream = "a"
topics = [
  "one", # first
  "two",
]

[[streams]]
stream = "b"
inline = { x = 1, y = { z = "}" }, list = [{ k = 1 }] }

[[streams.parts]]
size = 2

[plugin_config."odd key"]
value = '''
multi'''
`;

test("every key of a TOML text has its line", async () => {
  const document = await parseDocument(TOML, "x.toml");
  const lines: [(string | number)[], number][] = [
    [["type"], 1],
    [["quoted.key"], 2],
    [["text"], 3],
    [["nested", "dotted", "key"], 7],
    [["streams", 0], 9],
    [["streams", 0, "stream"], 10],
    [["streams", 0, "topics"], 11],
    [["streams", 0, "topics", 1], 13],
    [["streams", 1, "stream"], 17],
    [["streams", 1, "inline", "y", "z"], 18],
    [["streams", 1, "inline", "list", 0, "k"], 18],
    [["streams", 1, "parts", 0, "size"], 21],
    [["plugin_config", "odd key", "value"], 24],
  ];
  for (const [path, line] of lines) assert.equal(document.lineOf(path), line, JSON.stringify(path));
});

test("a key that is not written has the line of its parent", async () => {
  const document = await parseDocument(TOML, "x.toml");
  assert.equal(document.lineOf(["streams", 1, "schema"]), 16);
  assert.equal(document.lineOf(["nowhere"]), undefined);
});

test("the scanner finds a line for every key that the parser finds, whatever the text", () => {
  const key = fc.stringMatching(/^[a-z_]{1,6}$/);
  const scalar = fc.oneof(
    fc.integer().map(String),
    fc.string().map((text) => JSON.stringify(text).replaceAll("\u007f", "\\u007f")),
    fc.constantFrom(
      "true",
      "1979-05-27T07:32:00Z",
      "'it''".slice(0, 4),
      '"""\n"quoted" [x]\n"""',
      "[1, 2, [3]]",
      "{ }",
    ),
  );
  const pairs = fc.dictionary(key, scalar, { minKeys: 1, maxKeys: 5, noNullPrototype: true });
  fc.assert(
    fc.property(pairs, fc.array(pairs, { maxLength: 3 }), (top, tables) => {
      const lines = Object.entries(top).map(([name, value]) => `${name} = ${value}`);
      for (const table of tables) {
        lines.push("[[zz_tables]]", ...Object.entries(table).map(([name, value]) => `  ${name}=${value} # c`));
      }
      const text = lines.join("\n");
      const parsed = parseToml(text);
      const written = text.split("\n");
      const check = (path: (string | number)[], name: string): void => {
        const line = parsed.lineAt(path);
        assert.ok(line !== undefined, JSON.stringify(path));
        assert.match(written[line - 1] ?? "", new RegExp(`^\\s*${name}\\s*=`));
      };
      for (const name of Object.keys(top)) check([name], name);
      tables.forEach((table, index) => {
        for (const name of Object.keys(table)) check(["zz_tables", index, name], name);
      });
    }),
  );
});

test("YAML and JSON keys have their lines", async () => {
  const yaml = await parseDocument("a:\n  - b: 1\n  - c:\n      d: 2\n", "x.yaml");
  assert.equal(yaml.lineOf(["a", 1, "c", "d"]), 4);
  const json = await parseDocument('{\n "a": [\n {"b": 1}\n ],\n "c": 2 }', "x.json");
  assert.equal(json.lineOf(["a", 0, "b"]), 3);
  assert.equal(json.lineOf(["c"]), 5);
});

test("all formats give the same values", async () => {
  const toml = await parseDocument('a = 1\n[b]\nc = ["x", true, 1.5]', "x.toml");
  const yaml = await parseDocument("a: 1\nb:\n  c: [x, true, 1.5]", "x.yml");
  const json = await parseDocument('{"a":1,"b":{"c":["x",true,1.5]}}', "x.json");
  assert.deepEqual(toml.value, { a: 1, b: { c: ["x", true, 1.5] } });
  assert.deepEqual(yaml.value, toml.value);
  assert.deepEqual(json.value, toml.value);
});

test("TOML dates and integers beyond 2^53 keep their values", async () => {
  const { value } = await parseDocument("at = 2026-01-31T12:00:00Z\nbig = 9223372036854775807", "x.toml");
  assert.equal(value.at, "2026-01-31T12:00:00.000Z");
  assert.equal(value.big, 9223372036854775807n);
});

async function problemOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigurationError);
  return error.problems[0];
}

test("a syntax error names its line", async () => {
  for (const [file, text, line] of [
    ["x.toml", 'a = 1\nb = "open\nc = 3', 2],
    ["x.yaml", "a: 1\nb: [1, 2\nc: 3\n", 3],
    ["x.json", '{\n  "a": 1,\n  b: 2\n}', 3],
  ] as const) {
    const problem = await problemOf(parseDocument(text, file));
    assert.equal(problem?.code, "IGC_CONFIG_SYNTAX");
    assert.equal(problem?.line, line, file);
    assert.equal(problem?.file, file);
  }
});

test("a value that is not a table, an unknown format, a missing file and an alias bomb are refused", async () => {
  assert.match((await problemOf(parseDocument("- 1\n- 2", "x.yaml")))?.message ?? "", /must contain a table/);
  assert.match((await problemOf(parseDocument("x", "x.ini")))?.message ?? "", /\.toml/);
  assert.match((await problemOf(readDocument("/nowhere/x.toml")))?.message ?? "", /does not exist/);
  const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from(
    { length: 8 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]`,
  ).join("\n")}`;
  assert.equal((await problemOf(parseDocument(bomb, "x.yaml")))?.code, "IGC_CONFIG_SYNTAX");
});
