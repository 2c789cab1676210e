import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

interface ConnectorInfo {
  readonly key: string;
  readonly state: string;
  readonly status: string;
  readonly last_error?: { readonly message: string; readonly code?: string; readonly fix?: string };
}

interface Finding {
  readonly code: string;
  readonly file: string;
  readonly line: number | null;
  readonly key: string | null;
  readonly message: string;
  readonly fix: string | null;
}

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };

const healthySink = `type = "sink"
key = "healthy"
enabled = true
version = 0
name = "Healthy"
path = "stdout"
[[streams]]
stream = "present"
topics = ["topic"]
schema = "raw"
[plugin_config]
`;

const named = (key: string, changes: (text: string) => string): string =>
  changes(healthySink.replaceAll("healthy", key));

before(async () => {
  folder = await temporaryFolder();
  iggy = await IggyProcess.start(join(folder.path, "data"));
  const client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("present");
  await client.createTopic({ stream: "present", name: "topic", partitionsCount: 1 });
  await client.close();
});

after(async () => {
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Starts a runtime with these connector files beside a healthy one, and ends it when the test is over. */
async function withRuntime(
  name: string,
  connectors: Record<string, string>,
  check: (runtime: RuntimeProcess) => Promise<void>,
  extra = "",
  iggyAddress = iggy.address,
): Promise<void> {
  const port = await freePort();
  const place = join(folder.path, name);
  await mkdir(place);
  const config = await writeConfiguration({
    folder: place,
    iggy: iggyAddress,
    port,
    connectors: { "healthy.toml": healthySink, ...connectors },
    extra,
  });
  await using runtime = RuntimeProcess.start(config, port);
  await check(runtime);
  assert.doesNotMatch(runtime.output, /\n\s+at .*\(.*:\d+:\d+\)/, "no stack trace for a user's mistake");
}

test("one bad file never stops the others, and every problem is listed with its place", async () => {
  await withRuntime(
    "bad-files",
    {
      "typo.toml": named("typo", (text) => text.replace("[[streams]]", "[[streams]]\nbatch_lenght = 5")),
      "wrong_type.toml": named("wrong_type", (text) =>
        text.replace('schema = "raw"', 'schema = "raw"\nbatch_length = "many"'),
      ),
      "missing_key.toml": named("missing_key", (text) => text.replace('topics = ["topic"]\n', "")),
      "not_toml.toml": "type = [",
      "unknown_plugin.toml": named("unknown_plugin", (text) => text.replace('path = "stdout"', 'path = "stdotu"')),
    },
    async (runtime) => {
      await runtime.connectorIn("/sinks/healthy", "running");
      const errors = await runtime.get<Finding[]>("/errors");
      const of = (file: string): Finding => {
        const found = errors.find((error) => error.file.endsWith(file));
        assert.ok(found !== undefined, `${file} is listed: ${JSON.stringify(errors)}`);
        return found;
      };
      assert.deepEqual([of("wrong_type.toml").line, of("wrong_type.toml").key], [11, "streams[0].batch_length"]);
      assert.match(`${of("missing_key.toml").key} ${of("missing_key.toml").message}`, /topics/);
      assert.equal(of("not_toml.toml").line, 1);
      for (const error of errors) assert.ok(error.code.startsWith("IGC_"), error.code);
      // The original ignores an unknown key and its files must keep running: a warning with the nearest name.
      await runtime.connectorIn("/sinks/typo", "running");
      assert.match(runtime.output, /batch_lenght.*batch_length/s);
      const unknown = await runtime.connectorIn<ConnectorInfo>("/sinks/unknown_plugin", "failed");
      assert.equal(unknown.status, "error");
      assert.match(unknown.last_error?.message ?? "", /stdotu/);
      assert.match(JSON.stringify(unknown.last_error), /sink-stdotu|searched/i);
    },
  );
});

test("an unreadable connector file is an error of that file alone", async () => {
  const port = await freePort();
  const place = join(folder.path, "unreadable");
  await mkdir(place);
  const layout = { folder: place, iggy: iggy.address, port, connectors: { "healthy.toml": healthySink } };
  const config = await writeConfiguration(layout);
  await symlink("nowhere", join(place, "connectors", "dangling.toml"));
  await using runtime = RuntimeProcess.start(config, port);
  await runtime.connectorIn("/sinks/healthy", "running");
  const errors = await runtime.get<Finding[]>("/errors");
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.file ?? "", /dangling\.toml$/);
});

test("a missing stream keeps the connector starting, says so, and is picked up when it appears", async () => {
  await withRuntime(
    "missing-stream",
    { "absent.toml": named("absent", (text) => text.replace('stream = "present"', 'stream = "absent"')) },
    async (runtime) => {
      await runtime.connectorIn("/sinks/healthy", "running");
      const absent = await eventually(
        async () => {
          const info = await runtime.get<ConnectorInfo>("/sinks/absent");
          return info.last_error === undefined ? undefined : info;
        },
        { what: "the error of the sink without a stream" },
      );
      assert.equal(absent.state, "starting");
      assert.match(absent.last_error?.message ?? "", /absent/);
      const client = await IggyClient.connect({ address: iggy.address });
      await client.createStream("absent");
      await client.createTopic({ stream: "absent", name: "topic", partitionsCount: 1 });
      await client.close();
      await runtime.connectorIn("/sinks/absent", "running");
    },
  );
});

test("an unreachable server: the API answers, the connectors say what is wrong, and start once it is there", async () => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await withRuntime(
    "unreachable",
    {},
    async (runtime) => {
      const info = await eventually(
        async () => {
          const sink = await runtime.get<ConnectorInfo>("/sinks/healthy");
          return sink.last_error === undefined ? undefined : sink;
        },
        { what: "the error" },
      );
      assert.equal(info.state, "starting");
      assert.match(info.last_error?.message ?? "", new RegExp(`127\\.0\\.0\\.1:${port}`));
      const data = join(folder.path, "late-data");
      const late = await IggyProcess.start(data, address);
      await using _server = late.process;
      const client = await IggyClient.connect({ address });
      await client.createStream("present");
      await client.createTopic({ stream: "present", name: "topic", partitionsCount: 1 });
      await client.close();
      await runtime.connectorIn("/sinks/healthy", "running");
      assert.equal(await runtime.stop(), 0);
    },
    "",
    address,
  );
});

test("a wrong password is said, without the password", async () => {
  const port = await freePort();
  const place = join(folder.path, "wrong-password");
  await mkdir(place);
  const config = await writeConfiguration({
    folder: place,
    iggy: iggy.address,
    port,
    connectors: { "healthy.toml": healthySink },
  });
  await using runtime = RuntimeProcess.start(config, port, { IGGY_CONNECTORS_IGGY_PASSWORD: "not-the-password" });
  const info = await eventually(
    async () => {
      const sink = await runtime.get<ConnectorInfo>("/sinks/healthy");
      return sink.last_error === undefined ? undefined : sink;
    },
    { what: "the error" },
  );
  assert.match(info.last_error?.message ?? "", /credentials|password/i);
  assert.doesNotMatch(JSON.stringify(info) + runtime.output, /not-the-password/);
});

test("a taken API port ends the runtime with a message that names it", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  assert.ok(address !== null && typeof address !== "string");
  const place = join(folder.path, "taken-port");
  await mkdir(place);
  const config = await writeConfiguration({ folder: place, iggy: iggy.address, port: address.port, connectors: {} });
  await using runtime = RuntimeProcess.start(config, address.port);
  const code = await runtime.exited;
  taken.close();
  assert.equal(code, 1);
  assert.match(runtime.output, new RegExp(`${address.port}`));
  assert.match(runtime.output, /in use|EADDRINUSE/);
  assert.doesNotMatch(runtime.output, /\n\s+at .*\(.*:\d+:\d+\)/);
});

test("a configuration file with problems ends with exit code 3 and all of them at once", async () => {
  const config = join(folder.path, "wrong.toml");
  await writeFile(config, '[http]\nenabled = "yes"\n[iggy]\naddress = 8090\n');
  await using runtime = RuntimeProcess.start(config, 1);
  assert.equal(await runtime.exited, 3);
  assert.match(runtime.output, /wrong\.toml:2\b.*http\.enabled/s);
  assert.match(runtime.output, /wrong\.toml:4\b.*iggy\.address/s);
});

test("a configuration file that does not exist is an error when it was asked for", async () => {
  await using runtime = RuntimeProcess.start(join(folder.path, "nowhere.toml"), 1);
  assert.equal(await runtime.exited, 3);
  assert.match(runtime.output, /nowhere\.toml/);
});

test("a checkpoint that does not parse fails that source and is left as it is", async () => {
  const place = join(folder.path, "bad-checkpoint");
  await mkdir(join(place, "state"), { recursive: true });
  await writeFile(join(place, "state", "source_random.state"), '{"version":1,"checkp');
  const port = await freePort();
  const config = await writeConfiguration({
    folder: place,
    iggy: iggy.address,
    port,
    connectors: {
      "healthy.toml": healthySink,
      "random.toml": `type = "source"
key = "random"
enabled = true
version = 0
name = "Random"
path = "random"
[[streams]]
stream = "present"
topic = "random"
schema = "json"
[plugin_config]
`,
    },
  });
  await using runtime = RuntimeProcess.start(config, port);
  const info = await runtime.connectorIn<ConnectorInfo>("/sources/random", "failed");
  assert.match(JSON.stringify(info.last_error), /source_random\.state/);
  await runtime.connectorIn("/sinks/healthy", "running");
});
