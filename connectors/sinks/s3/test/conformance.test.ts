import assert from "node:assert/strict";
import { test } from "node:test";
import { missingPython, S3Server } from "@iggy-connectors/test-support";
import { eventually, sinkConformance, TestEnvironment } from "@iggy-connectors/testing";
import { TestBucket } from "./bucket.ts";
import { StoreProxy, type StoreRequest } from "./store-proxy.ts";

const skip = process.env.S3_URL === undefined && (await missingPython());

const SETTINGS = 'flush_interval = "10ms"\nflush_messages = 200';

const pluginConfig = (bucket: TestBucket, endpoint?: string, more = ""): string => `output_format = "text"
path_template = "{stream}/{topic}"
${Object.entries(bucket.settings(endpoint))
  .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  .join("\n")}
${more}`;

/** The same connector as the conformance kit writes it. */
const connector = (bucket: TestBucket, endpoint: string): string => `type = "sink"
key = "subject"
enabled = true
version = 0
name = "Subject"
path = "s3"
${SETTINGS}
[[streams]]
stream = "conformance"
topics = ["messages"]
schema = "raw"
batch_length = 100
[plugin_config]
${pluginConfig(bucket, endpoint)}
`;

const linesOf = async (bucket: TestBucket): Promise<string[]> => (await bucket.text()).split("\n").filter(Boolean);

let bucket: TestBucket;

const STEPS = {
  "exactly-once": [
    "sink.after_poll",
    "sink.after_consume",
    "sink.after_flush",
    "sink.before_store",
    "sink.after_store",
  ],
  // Where it differs: something was written and nothing stored.
  "at-least-once": ["sink.after_flush", "sink.before_store"],
} as const;

for (const delivery of ["exactly-once", "at-least-once"] as const) {
  if (skip !== false) break;
  sinkConformance({
    name: `the S3 sink, ${delivery},`,
    delivery,
    steps: STEPS[delivery],
    destination: async () => {
      const server = await S3Server.start();
      bucket = await TestBucket.create(server);
      return server;
    },
    connector: () => ({
      path: "s3",
      settings: SETTINGS,
      plugin_config: pluginConfig(bucket, undefined, `delivery = "${delivery.replaceAll("-", "_")}"`),
    }),
    read: async () => {
      const lines = await linesOf(bucket);
      // Objects that hold the same messages again stand between the others.
      return delivery === "exactly-once" ? lines : lines.sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)));
    },
  });
}

const COUNT = 2000;
const isOffsetObject = ({ method, target }: StoreRequest): boolean =>
  method === "PUT" && target.includes(".iggy-connectors/subject/");
const isData = ({ method, target }: StoreRequest): boolean =>
  method === "PUT" && target.includes("/conformance/messages/0");

/** What the steps of the kit cannot reach: inside a flush, before and after each request to the store. */
const MOMENTS = [
  ["before the offset object names a data object", isOffsetObject, "cut"],
  ["after the offset object names a data object", isOffsetObject, "lose"],
  ["before an object is written", isData, "cut"],
  ["after an object is written", isData, "lose"],
] as const;

for (const [moment, matches, fate] of MOMENTS) {
  test(`the S3 sink writes every message once when killed ${moment}`, { skip, timeout: 120_000 }, async () => {
    await using environment = await TestEnvironment.start();
    await using server = await S3Server.start();
    await using proxy = await StoreProxy.start(server.url);
    const target = await TestBucket.create(server);
    const messages = Array.from({ length: COUNT }, (_, index) => `message ${index}`);
    await environment.send("conformance", "messages", messages);
    const connectors = { "subject.toml": connector(target, proxy.url) };
    // Two runtimes, one after the other.
    for (const nth of [3, 2]) {
      const runtime = await environment.runtime(connectors);
      let seen = 0;
      proxy.decide = (request) => {
        if (!matches(request) || ++seen < nth) return "pass";
        runtime.child.kill("SIGKILL");
        return fate;
      };
      assert.equal(await runtime.exited, "SIGKILL", runtime.output);
    }
    proxy.decide = () => "pass";
    await using runtime = await environment.runtime(connectors);
    await eventually(async () => new Set(await linesOf(target)).size === COUNT, {
      what: "every message in the bucket",
    });
    assert.equal(await runtime.stop(), 0);
    assert.deepEqual(await linesOf(target), messages);
  });
}
