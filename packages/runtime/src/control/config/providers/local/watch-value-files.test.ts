import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { eventually, temporaryFolder } from "@iggy-connectors/testing";
import { ConnectorFolder } from "../../connector-set/connector-folder.ts";
import { watchValueFiles } from "./watch-value-files.ts";

const INTERVAL = 5;

function watching(context: TestContext, files: () => Iterable<string>): { changes(): number; looks(): number } {
  let changes = 0;
  let looks = 0;
  const end = watchValueFiles(
    () => {
      looks += 1;
      return files();
    },
    () => {
      changes += 1;
    },
    INTERVAL,
  );
  context.after(end);
  return { changes: () => changes, looks: () => looks };
}

test("a secret that is written, replaced, exchanged behind a link, removed or brought back is noticed, each once", async (context) => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at("first"));
  await mkdir(at("second"));
  await writeFile(at("first/password"), "one");
  await writeFile(at("second/password"), "another");
  await symlink(at("first"), at("current"));
  const file = at("current/password");
  const watch = watching(context, () => [file]);
  await eventually(() => watch.looks() > 2, { what: "a look" });
  assert.equal(watch.changes(), 0, "what is there at the start is no change");

  const steps: (() => Promise<void>)[] = [
    () => writeFile(at("first/password"), "rotated"),
    async () => {
      await writeFile(at("first/new"), "renamed");
      await rename(at("first/new"), at("first/password"));
    },
    async () => {
      await symlink(at("second"), at("next"));
      await rename(at("next"), at("current"));
    },
    () => rm(at("second/password")),
    () => writeFile(at("second/password"), "back"),
  ];
  for (const [index, step] of steps.entries()) {
    await step();
    await eventually(() => watch.changes() > index, { what: `change ${index + 1}` });
    const { looks } = watch;
    const before = looks();
    await eventually(() => looks() > before + 2, { what: "two more looks" });
    assert.equal(watch.changes(), index + 1);
  }
});

test("files that come and go are looked at only while they are named", async (context) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "password");
  await writeFile(file, "one");
  let named: string[] = [];
  const watch = watching(context, () => named);
  await writeFile(file, "two");
  named = [file];
  const before = watch.looks();
  await eventually(() => watch.looks() > before + 2, { what: "a look" });
  assert.equal(watch.changes(), 0);
});

test("the files of a configuration are those of its placeholders and of its variables", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at("connectors"));
  await writeFile(at("name"), "A");
  await writeFile(at("path"), "stdout");
  await writeFile(
    at("connectors/a.toml"),
    `type = "sink"
key = "a"
enabled = true
version = 0
name = "\${file:${at("name")}}"
path = "stdout"
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
`,
  );
  const options = {
    folder: at("connectors"),
    environment: { IGGY_CONNECTORS_SINK_A_PATH_FILE: at("path") },
    workingDirectory: folder.path,
    strict: false,
    secret: () => {},
  };
  const connectors = new ConnectorFolder(options);
  await connectors.load();
  assert.deepEqual([...connectors.valueFiles()].sort(), [at("name"), at("path")]);
});
