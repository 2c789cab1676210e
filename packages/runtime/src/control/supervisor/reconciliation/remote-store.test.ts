import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type ScriptedRuntime, startScripted } from "../../../../test/scripted-runtime.ts";

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
  plugin_config: { lives: ["run"], journal: "/dev/null" },
  verbose: false,
  benchmark: false,
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
      consumer_group: "stdout_sink_connector",
    },
  ],
  plugin_config_format: null,
  plugin_config: { lives: ["run"], journal: "/dev/null" },
};

const CONTENT: Readonly<Record<string, unknown>> = {
  "/configs/active": { sinks: { stdout: sink }, sources: { random: source(1) } },
  "/sources/random/configs": [source(0), source(1)],
  "/sources/random/configs/0": source(0),
  "/sources/random/configs/1": source(1),
  "/sources/random/configs/active": source(1),
  "/sinks/stdout/configs": [sink],
  "/sinks/stdout/configs/0": sink,
  "/sinks/stdout/configs/active": sink,
};

type Config = Record<string, unknown> & { streams: Record<string, unknown>[] };

/** The original's tests of its HTTP provider, with answers as they are and with answers that are wrapped. */
for (const wrapped of [false, true]) {
  describe(`a remote store with ${wrapped ? "wrapped" : "direct"} answers`, () => {
    let server: Server;
    let started: ScriptedRuntime;

    before(async () => {
      server = createServer((request, response) => {
        const content = CONTENT[request.url ?? ""];
        if (content === undefined) response.writeHead(404).end();
        else response.end(JSON.stringify(wrapped ? { data: content, error: null } : content));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      started = await startScripted(() => ({}), {
        env: {
          IGGY_CONNECTORS_CONNECTORS_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        },
        config: {
          connectors: {
            config_type: "http",
            ...(wrapped ? { response: { data_path: "data", error_path: "error" } } : {}),
          },
        },
      });
    });
    after(async () => {
      await started[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    });

    const get = async <Body>(path: string): Promise<Body> => {
      const { status, body } = await started.ask("GET", path);
      assert.equal(status, 200, JSON.stringify(body));
      return body as Body;
    };
    const isRandom = (config: Config, version: number): void => {
      assert.deepEqual(
        [config.key, config.enabled, config.version, config.name],
        ["random", true, version, "Random source"],
      );
      assert.match(String(config.path), /libiggy_connector_random_source/);
      assert.equal(config.streams.length, 1);
      const [stream] = config.streams;
      assert.deepEqual([stream?.stream, stream?.topic, stream?.schema], ["test_stream", "test_topic", "json"]);
      assert.ok(Number.isInteger(stream?.batch_length));
      assert.equal(typeof stream?.linger_time, "string");
      assert.equal(config.plugin_config_format, "json");
      assert.equal(typeof config.plugin_config, "object");
    };
    const isStdout = (config: Config): void => {
      assert.deepEqual([config.key, config.enabled, config.version, config.name], ["stdout", true, 0, "Stdout sink"]);
      assert.match(String(config.path), /libiggy_connector_stdout_sink/);
      const [stream] = config.streams;
      assert.deepEqual([stream?.stream, stream?.topics, stream?.schema], ["test_stream", ["test_topic"], "json"]);
      assert.equal(stream?.consumer_group, "stdout_sink_connector");
      assert.equal(config.plugin_config_format, null);
      assert.equal(typeof config.plugin_config, "object");
    };

    it("lists all versions of a source", async () => {
      const configs = await get<Config[]>("/sources/random/configs");
      assert.equal(configs.length, 2);
      isRandom(configs[0]!, 0);
      isRandom(configs[1]!, 1);
      assert.deepEqual(
        configs.map(({ active }) => active),
        [false, true],
      );
    });
    it("gives one version of a source", async () => isRandom(await get("/sources/random/configs/1"), 1));
    it("gives the running version of a source", async () => isRandom(await get("/sources/random/configs/active"), 1));
    it("lists all versions of a sink", async () => {
      const configs = await get<Config[]>("/sinks/stdout/configs");
      assert.equal(configs.length, 1);
      isStdout(configs[0]!);
    });
    it("gives one version of a sink", async () => isStdout(await get("/sinks/stdout/configs/0")));
    it("gives the running version of a sink", async () => isStdout(await get("/sinks/stdout/configs/active")));
  });
}
