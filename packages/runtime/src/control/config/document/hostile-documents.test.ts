import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { ConnectorFolder } from "../connector-set/connector-folder.ts";
import { parseDocument } from "./document.ts";

const deep = (open: string, close: string, levels = 3000): string => open.repeat(levels) + close.repeat(levels);
const IDENTITY = "type: sink\nkey: bad\n";
const anchors = Array.from({ length: 12 }, (_, index) => {
  const items = Array.from({ length: 9 }, () => (index === 0 ? "x" : `*a${index - 1}`));
  return `a${index}: &a${index} [${items.join(", ")}]`;
});

/** Files that no parser and nothing behind it may fall over. */
const HOSTILE: Readonly<Record<string, string>> = {
  "itself.yaml": `${IDENTITY}plugin_config: &a\n  self: *a\n`,
  "list-itself.yaml": `${IDENTITY}streams: &s [*s]\n`,
  "laughs.yaml": `${IDENTITY}${anchors.join("\n")}\n`,
  "wide.yaml": `${IDENTITY}a: &a [${"1,".repeat(9999)}1]\nb: [${"*a,".repeat(90)}*a]\n`,
  "deep.yaml": `${IDENTITY}a: ${deep("[", "]")}\n`,
  "very-deep.yaml": `${IDENTITY}a: ${deep("[", "]", 100_000)}\n`,
  "indented.yaml": `${IDENTITY}a:\n${Array.from({ length: 1000 }, (_, level) => `${" ".repeat(level + 1)}b:`).join("\n")} 1\n`,
  "binary.yaml": `%YAML 1.1\n---\n${IDENTITY}a: !!binary aGk=\n`,
  "set.yaml": `%YAML 1.1\n---\n${IDENTITY}a: !!set {x, y}\n`,
  "deep.json": `{"type":"sink","key":"bad","a":${deep("[", "]")}}`,
  "deep-tables.json": `{"type":"sink","key":"bad","a":${'{"a":'.repeat(3000)}1${"}".repeat(3000)}}`,
  "very-deep.json": `{"type":"sink","key":"bad","a":${deep("[", "]", 500_000)}}`,
  "deep-number.json": `{"type":"sink","key":"bad","n":12345678901234567890,"a":${deep("[", "]")}}`,
  "deep.toml": `type = "sink"\nkey = "bad"\na = ${deep("[", "]")}\n`,
  "dotted.toml": `type = "sink"\nkey = "bad"\n${"a.".repeat(3000)}a = 1\n`,
  "header.toml": `type = "sink"\nkey = "bad"\n[${"a.".repeat(3000)}a]\nb = 1\n`,
  "inline.toml": `type = "sink"\nkey = "bad"\na = ${"{ a = ".repeat(3000)}1${" }".repeat(3000)}\n`,
  "large.toml": `type = "sink"\nkey = "bad"\na = "${"x".repeat(5 * 1024 * 1024)}"\n`,
  "function.connector.js": `export default { type: "sink", key: "bad", a: () => 1 };`,
  "itself.connector.js": `const a = { type: "sink", key: "bad" }; a.self = a; export default a;`,
};

const GOOD = `type = "sink"
key = "good"
enabled = true
version = 0
name = "Good"
path = "stdout"
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
`;

test("one hostile file is that file's error, and the others run", async () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "good.toml"), GOOD);
    await writeFile(join(folder.path, name), text);
    const options = { environment: {}, workingDirectory: folder.path, strict: false, secret: () => {} };
    const set = await new ConnectorFolder({ ...options, folder: folder.path }).load();
    assert.deepEqual(
      set.connectors.map(({ key }) => key),
      ["good"],
      name,
    );
    assert.deepEqual(
      set.errors.map(({ file, code }) => [file, code.replace("UNREADABLE", "SYNTAX")]),
      [[join(folder.path, name), "IGC_CONFIG_SYNTAX"]],
      name,
    );
    assert.doesNotMatch(set.errors[0]?.message ?? "", /call stack|\n/, name);
  }
});

test("a device, a folder and a file without content as a connector file are errors of that file", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "good.toml"), GOOD);
  await symlink("/dev/zero", join(folder.path, "zero.toml"));
  await mkdir(join(folder.path, "folder.toml"));
  await symlink("/nowhere", join(folder.path, "gone.yaml"));
  await writeFile(join(folder.path, "empty.toml"), "");
  const options = { environment: {}, workingDirectory: folder.path, strict: false, secret: () => {} };
  const set = await new ConnectorFolder({ ...options, folder: folder.path }).load();
  assert.equal(set.connectors.length, 1);
  assert.deepEqual(
    set.errors.map(({ file }) => file?.slice(folder.path.length + 1)),
    ["empty.toml", "gone.yaml", "zero.toml"],
  );
  await rm(join(folder.path, "zero.toml"));
});

test("a value of a file that has no end is an error of its key", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "good.toml"), `${GOOD}[plugin_config]\na = "\${file:/dev/zero}"\n`);
  const options = { environment: {}, workingDirectory: folder.path, strict: false, secret: () => {} };
  const set = await new ConnectorFolder({ ...options, folder: folder.path }).load();
  assert.deepEqual(
    set.errors.map(({ code, key }) => [code, key]),
    [["IGC_CONFIG_INTERPOLATION", "plugin_config.a"]],
  );
});

test("as many levels as anyone writes are read in every format, with integers of any length, dates and decimals", async () => {
  const nested = `${"[".repeat(60)}${"]".repeat(60)}`;
  const big = [9007199254740991, 9007199254740993n, -9223372036854775808n, 9223372036854775807n];
  const expected = {
    a: JSON.parse(nested) as unknown,
    big,
    small: [0, -1, 1.5, 1e21],
    date: "1979-05-27T00:32:00.999999999-07:00",
  };
  const texts: Readonly<Record<string, string>> = {
    "x.toml": `a = ${nested}\nbig = [${big.join(", ")}]\nsmall = [0, -1, 1.5, 1e21]\ndate = 1979-05-27T00:32:00.999999999-07:00\n`,
    "x.yaml": `a: ${nested}\nbig: [${big.join(", ")}]\nsmall: [0, -1, 1.5, 1e21]\ndate: 1979-05-27T00:32:00.999999999-07:00\n`,
    "x.json": `{"a":${nested},"big":[${big.join(",")}],"small":[0,-1,1.5,1e21],"date":"1979-05-27T00:32:00.999999999-07:00"}`,
  };
  for (const [file, text] of Object.entries(texts)) {
    assert.deepEqual((await parseDocument(text, file)).value, expected, file);
    assert.deepEqual((await parseDocument(`\ufeff${text}`, file)).value, expected, "after a byte order mark");
  }
  const dates = "local = 1979-05-27\ntime = 07:32:00.123456\n[t]\nmoment = 1979-05-27T07:32:00.123456";
  assert.deepEqual((await parseDocument(dates, "x.toml")).value, {
    local: "1979-05-27",
    time: "07:32:00.123456",
    t: { moment: "1979-05-27T07:32:00.123456" },
  });
  const longer = await parseDocument('{"n": 123456789012345678901234567890, "m": -18446744073709551616}', "x.json");
  assert.deepEqual(longer.value, { n: 123456789012345678901234567890n, m: -18446744073709551616n });
});

test("aliases are values of their own, as often as a person writes them", async () => {
  const { value } = await parseDocument("base: &b {url: x, tags: [a]}\none: *b\ntwo: {nested: *b}\n", "x.yaml");
  const base = { url: "x", tags: ["a"] };
  assert.deepEqual(value, { base, one: base, two: { nested: base } });
});
