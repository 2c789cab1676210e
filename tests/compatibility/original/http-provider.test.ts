import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually, freePort, RuntimeProcess, temporaryFolder } from "@iggy-connectors/testing";

interface Config {
  readonly key: string;
  readonly enabled: boolean;
  readonly version: number;
  readonly name: string;
  readonly path: string;
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly plugin_config_format: string | null;
  readonly plugin_config: unknown;
}

const transforms = { add_fields: { enabled: true, fields: [{ key: "test_field", value: { static: "hello!" } }] } };
const source = (version: number) => ({
  key: "random",
  enabled: true,
  version,
  name: "Random source",
  path: "../../target/debug/libiggy_connector_random_source",
  transforms,
  streams: [{ stream: "test_stream", topic: "test_topic", schema: "json", batch_length: 1000, linger_time: "5ms" }],
  plugin_config_format: "json",
  plugin_config: { interval: "100ms", payload_size: 200, messages_range: [1, 5] },
  verbose: false,
});
const sink = {
  key: "stdout",
  enabled: true,
  version: 0,
  name: "Stdout sink",
  path: "../../target/debug/libiggy_connector_stdout_sink",
  transforms,
  streams: [
    {
      stream: "test_stream",
      topics: ["test_topic"],
      schema: "json",
      batch_length: 100,
      poll_interval: "5ms",
      consumer_group: "stdout_sink",
    },
  ],
  plugin_config_format: null,
  plugin_config: { print_payload: false },
};
/** What the remote side answers, by path. */
const REMOTE: Readonly<Record<string, unknown>> = {
  "/configs/active": { sinks: { stdout: sink }, sources: { random: source(1) } },
  "/sources/random/configs": [source(0), source(1)],
  "/sources/random/configs/0": source(0),
  "/sources/random/configs/1": source(1),
  "/sources/random/configs/active": source(1),
  "/sinks/stdout/configs": [sink],
  "/sinks/stdout/configs/0": sink,
  "/sinks/stdout/configs/active": sink,
};

const FORMS = {
  direct: { wrap: (data: unknown) => data, response: "" },
  wrapped: {
    wrap: (data: unknown) => ({ data, error: null }),
    response: '[connectors.response]\ndata_path = "data"\nerror_path = "error"\n',
  },
} as const;

for (const [form, { wrap, response }] of Object.entries(FORMS)) {
  describe(`the original's tests of a remote provider, ${form} answers`, () => {
    it("relays the list, each version and the active one of sources and sinks", async () => {
      const server = createServer((request, reply) => {
        const found = REMOTE[request.url ?? ""];
        reply.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
        reply.end(JSON.stringify(found === undefined ? null : wrap(found)));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      await using folder = await temporaryFolder();
      const port = await freePort();
      const file = join(folder.path, "config.toml");
      await writeFile(
        file,
        `[http]\naddress = "127.0.0.1:${port}"\n[iggy]\naddress = "127.0.0.1:9"\n[state]\npath = "${join(folder.path, "state")}"\n` +
          `[connectors]\nconfig_type = "http"\nbase_url = "http://replaced.by.the.environment"\n${response}`,
      );
      await using runtime = RuntimeProcess.start(file, port, {
        IGGY_CONNECTORS_CONNECTORS_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      });
      try {
        await runtime.listening();
        await eventually(async () => (await runtime.get<unknown[]>("/sources").catch(() => [])).length === 1);

        const sources = await runtime.get<Config[]>("/sources/random/configs");
        assert.deepEqual(
          sources.map(({ version }) => version),
          [0, 1],
        );
        const active = await runtime.get<Config>("/sources/random/configs/active");
        for (const [config, version] of [
          [sources[0]!, 0],
          [await runtime.get<Config>("/sources/random/configs/1"), 1],
          [active, 1],
        ] as const) {
          assert.deepEqual(
            [config.key, config.enabled, config.name, config.version],
            ["random", true, "Random source", version],
          );
          assert.match(config.path, /libiggy_connector_random_source/);
          assert.equal(config.streams.length, 1);
          const { stream, topic, schema, batch_length, linger_time } = config.streams[0]!;
          assert.deepEqual(
            [stream, topic, schema, batch_length, linger_time],
            ["test_stream", "test_topic", "json", 1000, "5ms"],
          );
          assert.equal(config.plugin_config_format, "json");
          assert.deepEqual(config.plugin_config, source(version).plugin_config);
        }

        const sinks = await runtime.get<Config[]>("/sinks/stdout/configs");
        assert.equal(sinks.length, 1);
        for (const config of [
          sinks[0]!,
          await runtime.get<Config>("/sinks/stdout/configs/0"),
          await runtime.get<Config>("/sinks/stdout/configs/active"),
        ]) {
          assert.deepEqual(
            [config.key, config.enabled, config.name, config.version],
            ["stdout", true, "Stdout sink", 0],
          );
          assert.match(config.path, /libiggy_connector_stdout_sink/);
          const { topics, batch_length, poll_interval, consumer_group } = config.streams[0]!;
          assert.deepEqual(
            [topics, batch_length, poll_interval, consumer_group],
            [["test_topic"], 100, "5ms", "stdout_sink"],
          );
          assert.equal(config.plugin_config_format, null);
          assert.deepEqual(config.plugin_config, { print_payload: false });
        }
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
  });
}
