import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

/** A file system of one megabyte, where the system lets us make one. */
function mountSmallDisk(path: string): Disposable | undefined {
  if (process.platform !== "linux") return undefined;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  return mounted.status === 0 ? { [Symbol.dispose]: () => void spawnSync("umount", ["--lazy", path]) } : undefined;
}

const probe = await temporaryFolder();
const probed = mountSmallDisk(probe.path);
probed?.[Symbol.dispose]();
await probe[Symbol.asyncDispose]();

test("a full disk: the file sink reports it, loses nothing and continues when there is space", {
  skip: probed === undefined ? "this system does not let us mount a small file system" : false,
  timeout: 120_000,
}, async (t) => {
  await using folder = await temporaryFolder();
  const output = join(folder.path, "output");
  await mkdir(output);
  using _disk = mountSmallDisk(output);
  const ballast = join(output, "ballast");
  await writeFile(ballast, Buffer.alloc(900_000));

  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  const client = await IggyClient.connect({ address: iggy.address });
  t.after(() => client.close());
  await client.createStream("disk");
  await client.createTopic({ stream: "disk", name: "full", partitionsCount: 1 });
  const lines = Array.from({ length: 2000 }, (_, index) => `${index} ${"x".repeat(190)}`);
  await client.sendMessages({
    stream: "disk",
    topic: "full",
    messages: lines.map((line) => ({ payload: Buffer.from(line) })),
  });

  const port = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: {
      "file.toml": `type = "sink"
key = "file"
enabled = true
version = 0
name = "File"
path = "file"
flush_interval = "100ms"
[retry]
initial_backoff = "50ms"
max_backoff = "200ms"
[[streams]]
stream = "disk"
topics = ["full"]
schema = "raw"
[plugin_config]
path = "${output}"
format = "raw"
`,
    },
  });
  await using runtime = RuntimeProcess.start(config, port);
  const info = await runtime.connectorIn<{ state: string; last_error?: { message: string } }>(
    "/sinks/file",
    "retrying",
  );
  assert.match(info.last_error?.message ?? "", /ENOSPC|space/);
  await rm(ballast);
  const written = (): string[] =>
    globSync(join(output, "**", "*.{ndjson,raw,log,txt}")).flatMap((file) =>
      existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [],
    );
  await eventually(() => written().length === lines.length, { what: "all lines" });
  assert.deepEqual(written(), lines);
  await runtime.connectorIn("/sinks/file", "running");
});
