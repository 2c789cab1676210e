import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BulkServer } from "@iggy-connectors/test-support";
import { HttpDestination, sinkConformance } from "@iggy-connectors/testing";

const journal = fileURLToPath(new URL("../delivery/plugins/journal-sink.ts", import.meta.url));

const linesOf = (files: readonly string[]): string[] =>
  files.flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));

sinkConformance({
  name: "the file sink",
  delivery: "exactly-once",
  steps: ["sink.after_poll", "sink.after_consume", "sink.after_flush", "sink.before_store", "sink.after_store"],
  connector: (folder) => ({
    path: "file",
    settings: 'flush_interval = "10ms"\nflush_messages = 200',
    plugin_config: `path = "${join(folder, "out")}"\nformat = "raw"`,
  }),
  read: (folder) => linesOf(globSync(join(folder, "out", "**", "*.txt")).sort()),
});

for (const isolation of ["thread", "shared", "process"] as const) {
  sinkConformance({
    name: `a sink that writes in consume (${isolation})`,
    isolation,
    delivery: "at-least-once",
    steps: ["sink.after_poll", "sink.after_consume", "sink.before_store", "sink.after_store"],
    connector: (folder) => ({
      path: journal,
      plugin_config: `folder = "${folder}"`,
    }),
    read: (folder) => linesOf(globSync(join(folder, "0.log"))).map((line) => line.slice(line.indexOf(" ") + 1)),
  });
}

let endpoint: HttpDestination | undefined;

sinkConformance({
  name: "the HTTP sink",
  delivery: "at-least-once",
  steps: ["sink.after_poll", "sink.after_consume", "sink.before_store", "sink.after_store"],
  destination: async () => {
    endpoint = await HttpDestination.start();
    return endpoint;
  },
  connector: () => ({
    path: "http",
    plugin_config: `url = "${endpoint?.url}/in"\nbatch_mode = "ndjson"\ninclude_metadata = true\nmax_batch_messages = 30`,
  }),
  read: () =>
    (endpoint?.bodies() ?? []).flatMap((body) =>
      body
        .split("\n")
        .filter(Boolean)
        .map((line) => Buffer.from((JSON.parse(line) as Envelope).payload.data, "base64").toString()),
    ),
});

interface Envelope {
  readonly payload: { readonly data: string };
}

let search: BulkServer | undefined;

sinkConformance({
  name: "the Elasticsearch sink",
  delivery: "exactly-once",
  steps: ["sink.after_poll", "sink.after_consume", "sink.before_store", "sink.after_store"],
  destination: async () => {
    search = await BulkServer.start();
    return search;
  },
  connector: () => ({
    path: "elasticsearch",
    plugin_config: `url = "${search?.url}"\nindex = "messages"\nbatch_size = 30\nmax_in_flight_requests = 1`,
  }),
  read: () =>
    (search?.sources("messages") ?? []).map((source) =>
      Buffer.from((source as { readonly data: string }).data, "base64").toString(),
    ),
});
