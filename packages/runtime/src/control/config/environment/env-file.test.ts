import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { parseEnvFile } from "./env-file.ts";

const OUTER: Readonly<Record<string, string>> = { OUTER: "outer value" };
const read = (text: string) => parseEnvFile(text, (name) => OUTER[name]);

/** Texts that a shell, docker compose and the original read alike, and what they read as `X`. */
const ALIKE: readonly (readonly [string, string])[] = [
  ["X=pa#ss", "pa#ss"],
  ["X=pa # a comment", "pa"],
  ["X=pa\t# a comment", "pa"],
  ["# a comment\nX=1", "1"],
  ["  X=indented", "indented"],
  ["export X=exported", "exported"],
  ["X=", ""],
  ['X=""', ""],
  ["X=''", ""],
  ["X='pa # ss'", "pa # ss"],
  ['X="pa # ss"', "pa # ss"],
  [`X="it's"`, "it's"],
  [`X='say "so"'`, 'say "so"'],
  ['X="say \\"so\\""', 'say "so"'],
  ['X="a\\\\b"', "a\\b"],
  ['X="\\$OUTER"', "$OUTER"],
  ["X='\\n $OUTER'", "\\n $OUTER"],
  ["X=a\"b c\"'d e'f", "ab cd ef"],
  ["X='one\ntwo'", "one\ntwo"],
  ['X="one\ntwo"', "one\ntwo"],
  ['X="$OUTER"', "outer value"],
  ['X="$' + '{OUTER}!"', "outer value!"],
  ["A=1\nX=$A$A", "11"],
  ["X=a=b==", "a=b=="],
  ["X=Łódź", "Łódź"],
];

describe("a dotenv file", () => {
  for (const [text, expected] of ALIKE) {
    it(`is read as a shell reads it: ${JSON.stringify(text)}`, async () => {
      const { variables, findings } = read(text);
      assert.equal(variables.get("X"), expected);
      assert.deepEqual(findings, []);
      await using folder = await temporaryFolder();
      writeFileSync(join(folder.path, "env"), `${text}\n`);
      const shell = execFileSync("sh", ["-c", '. ./env; printf %s "$X"'], {
        cwd: folder.path,
        env: { ...process.env, ...OUTER },
      });
      assert.equal(shell.toString(), expected);
    });
  }

  it("may have the line ends of Windows", () => {
    const { variables, findings } = read("A=1 # one\r\nX='a\r\nb'\r\nC=\r\n");
    assert.deepEqual(
      [...variables],
      [
        ["A", "1"],
        ["X", "a\nb"],
        ["C", ""],
      ],
    );
    assert.deepEqual(findings, []);
  });
});

/** Texts that are read in different ways elsewhere: what we read, and what is said. */
const DIFFERENT: readonly (readonly [string, string | undefined, RegExp])[] = [
  ["X=1\nX=2", "1", /repeated/],
  ["X=#secret", "", /begins with #/],
  ["X=two words", "two words", /white space/],
  ["X=a\\ b", "a b", /\\ {2}is read in different ways/],
  ['X="a\\nb"', "a\nb", /\\n is read in different ways/],
  ["X=C:\\temp", "C:\\temp", /\\t is read in different ways/],
  ["X=pa$", "pa$", /\$ that names no variable/],
  ["X=pa$missing", "pa", /missing is not set/],
  ["X=$" + "{missing:-default}", "default", /default of/],
  ["X: 1", undefined, /not NAME=value/],
  ["X 1", undefined, /not NAME=value/],
  ["1X=1", undefined, /not NAME=value/],
  ["X='open", undefined, /not closed/],
];

for (const [text, expected, said] of DIFFERENT) {
  test(`what is read in different ways is said, without the value: ${JSON.stringify(text)}`, () => {
    const { variables, findings } = read(text);
    assert.equal(variables.get("X"), expected);
    assert.equal(findings.length, 1, JSON.stringify(findings));
    assert.match(findings[0]!.message, said);
    assert.ok(!JSON.stringify(findings).includes("secret"), "values are not shown");
  });
}

test("a line that is ignored takes no other with it, and findings name their lines", () => {
  const { variables, findings } = read("A='one\ntwo'\nnonsense\nB=\"open\nC=3\nB=2\n");
  assert.deepEqual(
    [...variables],
    [
      ["A", "one\ntwo"],
      ["C", "3"],
      ["B", "2"],
    ],
  );
  assert.deepEqual(
    findings.map(({ line }) => line),
    [3, 4],
  );
});
