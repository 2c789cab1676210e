import assert from "node:assert/strict";
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import {
  openContext,
  type PollLimits,
  pollContext,
  type RecordingContext,
  recordingContext,
  SourceDriver,
} from "@iggy-connectors/testing";
import fileSource from "./index.ts";
import type { FileSourceState } from "./position.ts";

interface Setup {
  readonly folder: string;
  readonly path: string;
  readonly context: RecordingContext;
  /** A source as a new process would make it. */
  start(
    settings?: Record<string, unknown>,
    checkpoint?: FileSourceState,
    limits?: PollLimits,
  ): Promise<{ driver: SourceDriver<FileSourceState>; source: ReturnType<typeof fileSource.create> }>;
}

async function setup(t: TestContext): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-file-source-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const context = recordingContext(folder);
  return {
    folder,
    path: join(folder, "app.log"),
    context,
    start: async (settings = {}, checkpoint, limits) => {
      const config = fileSource.config.parse({ path: "app.log", poll_interval: "1ms", rotate_wait: "0", ...settings });
      const source = fileSource.create(config, context);
      t.after(() => source.close?.());
      await source.open?.(openContext(context.signal));
      return { source, driver: new SourceDriver(source, checkpoint, limits) };
    },
  };
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
const asFile = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

test("follows what is appended, and waits for the end of a line", async (t) => {
  const { path, start, context } = await setup(t);
  await writeFile(path, "one\ntwo\nthr");
  const { driver } = await start();
  assert.deepEqual(await driver.drain(), ["one", "two"]);
  await appendFile(path, "ee\r\nfo");
  assert.deepEqual(await driver.drain(), ["one", "two", "three"]);
  await appendFile(path, "ur\n");
  assert.deepEqual(await driver.drain(), ["one", "two", "three", "four"]);
  assert.equal(context.values.get("file_offset_bytes"), 20);
  assert.equal(context.values.get("file_size_bytes"), 20);
});

test("continues from the checkpoint in a new process, with the same ids for what is read again", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 100)));
  const { driver } = await start({}, undefined, { maxMessages: 30 });
  await driver.step();
  const { checkpoint } = driver;
  await driver.drain();
  await appendFile(path, asFile(numbered(100, 150)));

  const { driver: restarted } = await start({}, checkpoint);
  assert.deepEqual(await restarted.drain(), numbered(30, 150));
  assert.deepEqual(restarted.ids().slice(0, 70), driver.ids().slice(30));
  assert.equal(new Set([...driver.ids(), ...restarted.ids()]).size, 150);
});

test("a failed delivery is read again: poll is a function of the checkpoint", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { source, driver } = await start({}, undefined, { maxMessages: 4 });
  const once = await source.poll(pollContext(undefined, { maxMessages: 4 }));
  const again = await source.poll(pollContext(undefined, { maxMessages: 4 }));
  assert.deepEqual(again, once);
  assert.deepEqual(await driver.drain(), numbered(0, 10));
  assert.deepEqual(await source.poll(pollContext(undefined, { maxMessages: 4 })), once);
});

test("files larger than a chunk come whole, through the limits of many polls", async (t) => {
  const { path, start } = await setup(t);
  const lines = Array.from({ length: 30_000 }, (_, index) => `${index} ${"x".repeat(index % 150)}`);
  await writeFile(path, asFile(lines));
  const { driver } = await start({ mode: "once" }, undefined, { maxMessages: 777, maxBytes: 50_000 });
  assert.deepEqual(await driver.drain(), lines);
  assert.equal(driver.completed, true);
});

test("a line longer than a chunk needs no limit of its own, one over max_line_bytes comes in pieces", async (t) => {
  const { path, start } = await setup(t);
  const long = "€".repeat(1_000_000);
  await writeFile(path, `a\n${long}\nb\n`);
  const whole = await start({ mode: "once", max_line_bytes: "4MiB" });
  assert.deepEqual(await whole.driver.drain(), ["a", long, "b"]);
  const split = await start({ mode: "once", max_line_bytes: "1MiB" });
  const pieces = await split.driver.drain();
  assert.equal(pieces.length, 5);
  assert.equal(pieces.slice(1, 4).join(""), long);
  const skip = await start({ mode: "once", max_line_bytes: "1MiB", long_lines: "skip" });
  assert.deepEqual(await skip.driver.drain(), ["a", "b"]);
});

test("once delivers a last line without line feed and completes on its checkpoint", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "one\n\ntwo");
  const { driver } = await start({ mode: "once" });
  assert.deepEqual(await driver.drain(), ["one", "two"]);
  assert.equal(driver.completed, true);
  const again = await start({ mode: "once" }, driver.checkpoint);
  assert.deepEqual(await again.driver.drain(), []);
  assert.equal(again.driver.completed, true);
});

test("an empty file completes at once", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "");
  const { driver } = await start({ mode: "once" });
  assert.deepEqual(await driver.drain(), []);
  assert.equal(driver.completed, true);
});

test("start_at end begins behind what is there and remembers it before the first message", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "old\nunfini");
  const { driver } = await start({ start_at: "end" });
  await driver.step();
  assert.ok(driver.checkpoint !== undefined);
  await appendFile(path, "shed\nnew\n");
  const { driver: restarted } = await start({ start_at: "end" }, driver.checkpoint);
  assert.deepEqual(await restarted.drain(), ["unfinished", "new"]);
});

test("a file that appears later is read from its beginning, with any start_at", async (t) => {
  const { path, start, context } = await setup(t);
  const { driver } = await start({ start_at: "end" });
  await driver.step();
  assert.match(context.lines.join(), /does not exist yet: waiting for it/);
  await writeFile(path, "first\n");
  assert.deepEqual(await driver.until(1), ["first"]);
});

test("rotation by rename: the old file is read to its end, also its last line without line feed, then the new", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, "late");
  await driver.until(10);
  await writeFile(path, "new 0\nnew 1\n");
  assert.deepEqual(await driver.until(13), [...numbered(0, 10), "late", "new 0", "new 1"]);
  assert.equal(new Set(driver.ids()).size, 13);
});

test("rotation while the source is stopped: the renamed file is found, and those between it and the current one", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await rename(path, `${path}.2`);
  await writeFile(`${path}.1`, asFile(numbered(10, 20)));
  await writeFile(`${path}.1.gz`, "not lines");
  await writeFile(`${path}.lock`, "not lines");
  await writeFile(`${path}.3`, "older\n");
  await writeFile(path, asFile(numbered(20, 30)));
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(26), numbered(4, 30));
});

/** How tools name what they rotate: the third, the second and the first rotation of a file. */
const NAMES: readonly (readonly [string, string, string])[] = [
  ["app.log.3", "app.log.2", "app.log.1"],
  ["app.2026-01-29.log", "app.2026-01-30.log", "app.2026-01-31.log"],
  ["app-1.log", "app-2.log", "app-3.log"],
  ["app-3.log", "app-2.log", "app-1.log"],
  ["app.log_20260129", "app.log_20260130", "app.log_20260131"],
  ["app-20260129-1.log", "app-20260129-2.log", "app-20260130-1.log"],
  ["2026-01-29.app", "2026-01-30.app", "2026-01-31.app"],
  ["app.log.2026-01-29T10:00:00", "app.log.2026-01-29T11:00:00", "app.log.2026-01-29T12:00:00"],
];

for (const running of [true, false]) {
  test(`three rotations ${running ? "quickly while the source runs" : "while it is stopped"} lose nothing, under any name`, async (t) => {
    for (const names of NAMES) {
      const { folder, path, start } = await setup(t);
      await writeFile(join(folder, "app-error.log"), "unrelated\n");
      await writeFile(path, asFile(numbered(0, 10)));
      await utimes(path, 1, 1);
      const { driver, source } = await start({}, undefined, { maxMessages: 4 });
      await driver.step();
      if (!running) await source.close?.();
      for (const [index, name] of names.entries()) {
        await rename(path, join(folder, name));
        await writeFile(path, asFile(numbered(10 * (index + 1), 10 * (index + 2))));
        // Faster than the clocks of file systems, which else tell the order.
        await utimes(path, index + 2, index + 2);
      }
      await writeFile(join(folder, "app.log.bak"), asFile(numbered(30, 40)));
      const after = running ? driver : (await start({}, driver.checkpoint)).driver;
      const expected = numbered(running ? 0 : 4, 40);
      assert.deepEqual(await after.until(expected.length), expected, names.join());
      await after.step();
      assert.equal(after.messages.length, expected.length, names.join());
    }
  });
}

test("a file that rotation moved under any name is found by its inode", async (t) => {
  for (const name of ["app.log.old", "app.log~", "archived", "app.log.1.2.3-x", "old/app.log.1"]) {
    const { folder, path, start, context } = await setup(t);
    await mkdir(join(folder, "old"));
    await writeFile(path, asFile(numbered(0, 10)));
    const { driver, source } = await start({}, undefined, { maxMessages: 4 });
    await driver.step();
    await source.close?.();
    await rename(path, join(folder, name));
    await writeFile(path, "new\n");
    const { driver: restarted } = await start({ rotated: ["old/app.log.*"] }, driver.checkpoint);
    assert.deepEqual(await restarted.until(7), [...numbered(4, 10), "new"], name);
    assert.doesNotMatch(context.lines.join(), /warn/, name);
  }
});

test("what cannot be found is said and counted, and the oldest file after it is read", async (t) => {
  const { folder, path, start, context } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver, source } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await source.close?.();
  // The file is kept elsewhere, so that no other one gets its inode.
  await mkdir(join(folder, "elsewhere"));
  await rename(path, join(folder, "elsewhere", "x"));
  await writeFile(path, "second\n");
  await rename(path, `${path}.1`);
  await writeFile(path, "third\n");
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(2), ["second", "third"]);
  assert.match(context.lines.join(), /warn: .* is gone: its content after the checkpoint is lost, at least 42 bytes/);
  assert.equal(context.values.get("file_lost_bytes_total"), 42);
});

test("a file that was compressed before it was read is said and counted", async (t) => {
  const { folder, path, start, context } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver, source } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await source.close?.();
  await appendFile(path, "late\n");
  await writeFile(`${path}.1.gz`, gzipSync(`${asFile(numbered(0, 10))}late\n`));
  await writeFile(`${path}.2.gz`, gzipSync("another\n"));
  await mkdir(join(folder, "elsewhere"));
  await rename(path, join(folder, "elsewhere", "x"));
  await writeFile(path, "new\n");
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(1), ["new"]);
  assert.match(
    context.lines.join(),
    /warn: .* was compressed to .*app\.log\.1\.gz before it was read to its end: 47 bytes/,
  );
  assert.equal(context.values.get("file_lost_bytes_total"), 47);
});

test("a file that is deleted while it is open is read to its end", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await rm(path);
  assert.deepEqual(await driver.until(10), numbered(0, 10));
  await writeFile(path, "new\n");
  assert.deepEqual((await driver.until(11)).at(-1), "new");
});

test("a symbolic link is followed to the file that it leads to next", async (t) => {
  const { folder, path, start } = await setup(t);
  await mkdir(join(folder, "logs"));
  const dated = (day: number) => join(folder, "logs", `app-2026010${day}.log`);
  await writeFile(dated(1), "a\nb\n");
  await symlink(dated(1), path);
  const { driver, source } = await start({}, undefined, { maxMessages: 1 });
  await driver.step();
  await source.close?.();
  await writeFile(dated(2), "c\n");
  await rm(path);
  await symlink(dated(2), path);
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(2), ["b", "c"]);
});

test("truncated under a writer that keeps its position: the hole is left out, counted and said", async (t) => {
  const { path, start, context } = await setup(t);
  const writer = await open(path, "w");
  t.after(() => writer.close());
  await writer.write(asFile(numbered(0, 1000)));
  const { driver } = await start();
  await driver.until(1000);
  await truncate(path, 0);
  await writer.write("after 1\nafter 2\n");
  const lines = await driver.until(1002);
  assert.deepEqual(lines.slice(1000), ["after 1", "after 2"]);
  const hole = asFile(numbered(0, 1000)).length;
  assert.equal(context.values.get("file_nul_bytes_total"), hole);
  assert.match(context.lines.join(), new RegExp(`warn: .*left out ${hole} bytes of NUL`));
});

test("a byte order mark and the line ends of Windows are not part of the lines", async (t) => {
  const { path, start, context } = await setup(t);
  await writeFile(path, "\ufeff{}\r\n\r\n[]\r\n");
  const { driver } = await start();
  assert.deepEqual(await driver.drain(), ["{}", "[]"]);
  assert.equal(context.values.get("file_empty_lines_total"), 1);
  const { driver: kept } = await start({ keep_carriage_return: true, format: "text" });
  await kept.drain();
  assert.deepEqual(kept.texts(), ["{}\r", "\r", "[]\r"]);
});

test("dated rotation goes from the oldest date to the newest", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "a\n");
  const { driver } = await start();
  await driver.drain();
  await rename(path, `${path}-20260130`);
  await writeFile(`${path}-20260131`, "b\n");
  await writeFile(`${path}-20260201`, "c\n");
  await writeFile(path, "d\n");
  assert.deepEqual(await driver.until(4), ["a", "b", "c", "d"]);
});

test("a crash between the old file's end and the new file repeats nothing but loses nothing", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "old\n");
  const { driver } = await start();
  await driver.drain();
  const before = driver.checkpoint;
  await rename(path, `${path}.1`);
  await writeFile(path, "new\n");
  await driver.until(2);
  const { driver: restarted } = await start({}, before);
  assert.deepEqual(await restarted.until(1), ["new"]);
  assert.deepEqual(restarted.ids(), driver.ids().slice(1));
});

test("a rotated file that is gone is logged, and the current one is read", async (t) => {
  const { path, start, context } = await setup(t);
  await writeFile(path, "old\n");
  const { driver, source } = await start();
  await driver.drain();
  await source.close?.();
  // Written before the old one goes, so that it cannot get its inode.
  await writeFile(`${path}.new`, "new\n");
  await rm(path);
  await rename(`${path}.new`, path);
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(1), ["new"]);
  assert.match(context.lines.join(), /warn: .* is gone: its content after the checkpoint is lost, at least 0 bytes/);
});

test("truncation starts at the beginning with a warning, and other ids", async (t) => {
  const { path, start, context } = await setup(t);
  await writeFile(path, "same\nold\nold\n");
  const { driver } = await start();
  await driver.drain();
  await truncate(path, 0);
  await appendFile(path, "same\n");
  assert.deepEqual(await driver.until(4), ["same", "old", "old", "same"]);
  assert.equal(new Set(driver.ids()).size, 4);
  assert.match(context.lines.join(), /warn: .* was truncated or rewritten/);
});

test("a file rewritten to more than what was read is noticed by its beginning", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "aaaa\n");
  const { driver } = await start();
  await driver.drain();
  await writeFile(path, "bbbb\ncccc\n");
  assert.deepEqual(await driver.until(3), ["aaaa", "bbbb", "cccc"]);
});

test("copy and truncate: what was not read yet is read from the copy", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, asFile(numbered(0, 10)));
  const { driver, source } = await start({}, undefined, { maxMessages: 4 });
  await driver.step();
  await source.close?.();
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  await appendFile(path, "new\n");
  const { driver: restarted } = await start({}, driver.checkpoint);
  assert.deepEqual(await restarted.until(7), [...numbered(4, 10), "new"]);
});

test("rotate_wait keeps reading the old file while it is written to", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "old\n");
  const { driver } = await start({ rotate_wait: "1h" });
  await driver.drain();
  await rename(path, `${path}.1`);
  await writeFile(path, "new\n");
  await driver.drain();
  await appendFile(`${path}.1`, "late\n");
  assert.deepEqual(await driver.drain(), ["old", "late"]);
});

test("what cannot be a file of lines is fatal, what may become one is retried", async (t) => {
  const { folder, path, start } = await setup(t);
  await mkdir(join(folder, "folder"));
  const directory = await start({ path: "folder" });
  await assert.rejects(
    directory.driver.step(),
    (error) => error instanceof FatalError && /is a directory/.test(error.message),
  );
  const missing = await start({ path: "missing", mode: "once" });
  await assert.rejects(missing.driver.step(), (error) => error instanceof RetryableError && error.fix !== undefined);
  if (process.getuid?.() === 0) return;
  await writeFile(path, "secret\n");
  await chmod(path, 0);
  const unreadable = await start();
  await assert.rejects(unreadable.driver.step(), { code: "IGC_SOURCE_FILE_UNREADABLE" });
});

test("an invalid checkpoint is refused", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "a\n");
  const { driver } = await start({}, { offset: -1 } as unknown as FileSourceState);
  await assert.rejects(driver.step(), { code: "IGC_STATE_CHECKPOINT_INVALID" });
});

test("waiting ends with the signal", async (t) => {
  const { path, start, context } = await setup(t);
  await writeFile(path, "a\n");
  const { source, driver } = await start({ poll_interval: "1h" });
  await driver.step();
  const controller = new AbortController();
  const waiting = source.poll(pollContext(driver.checkpoint, { signal: controller.signal }));
  setImmediate(() => controller.abort());
  assert.deepEqual(await waiting, { messages: [] });
  assert.deepEqual(context.lines, []);
});

test("headers and ids name the place of a line", async (t) => {
  const { path, start } = await setup(t);
  await writeFile(path, "a\nbb\n");
  const { driver } = await start({ include_headers: true });
  await driver.drain();
  const headers = driver.messages[1]?.headers as ReadonlyMap<string, { value: unknown }>;
  assert.equal(headers.get("file.path")?.value, path);
  assert.equal(headers.get("file.offset")?.value, 2n);
  assert.equal((driver.ids()[1] ?? 0n) & 0xffffffffffffffffn, 2n);
});

test("check reports what is missing", async (t) => {
  const { path, start } = await setup(t);
  const { source } = await start({ mode: "once" });
  const missing = await source.check?.({ signal: new AbortController().signal });
  assert.equal(missing?.findings[0]?.level, "error");
  await writeFile(path, "");
  assert.deepEqual(await source.check?.({ signal: new AbortController().signal }), { findings: [] });
});

test("the limits of max_line_bytes are part of the configuration", () => {
  for (const max_line_bytes of ["255", "64000001", "1GiB"]) {
    assert.equal(fileSource.config.safeParse({ path: "x", max_line_bytes }).success, false, max_line_bytes);
  }
  assert.equal(fileSource.config.parse({ path: "x" }).max_line_bytes, 1024 * 1024);
});
