import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { persistentSenders } from "@iggy-connectors/test-support";
import { freePort, HttpDestination, type Origin, sourceConformance } from "@iggy-connectors/testing";

const STEPS = ["source.after_poll", "source.after_send", "source.before_checkpoint", "source.after_checkpoint"];

const nothingToEnd = (): Origin => ({ [Symbol.asyncDispose]: async () => {} });

for (const isolation of ["thread", "shared", "process"] as const) {
  sourceConformance({
    name: `the file source (${isolation})`,
    isolation,
    ordered: true,
    steps: STEPS,
    async origin(folder, messages) {
      await writeFile(join(folder, "input.log"), messages.map((message) => `${message}\n`).join(""));
      return nothingToEnd();
    },
    connector: (folder) => ({
      path: "file",
      plugin_config: `path = "${join(folder, "input.log")}"`,
    }),
  });
}

let webhook = "";

sourceConformance({
  name: "the HTTP source",
  count: 600,
  ordered: false,
  // Its checkpoints live in memory: there is no step at which one is stored.
  steps: ["source.after_poll", "source.after_send"],
  async origin(_folder, messages) {
    webhook = `127.0.0.1:${await freePort()}`;
    return persistentSenders(`http://${webhook}/topics/in`, messages, 16);
  },
  connector: () => ({
    path: "http",
    plugin_config: `listen_addr = "${webhook}"\ntopic_path = "in"\ncontent = "raw"\nmax_batch_size = 8`,
  }),
});

let api: HttpDestination | undefined;

sourceConformance({
  name: "the HTTP polling source",
  ordered: true,
  steps: STEPS,
  async origin(_folder, messages) {
    api = await HttpDestination.start();
    api.otherwise = ({ target }) => {
      const { searchParams } = new URL(target, "http://localhost");
      const offset = Number(searchParams.get("offset"));
      return { body: JSON.stringify(messages.slice(offset, offset + Number(searchParams.get("limit")))) };
    };
    return api;
  },
  connector: () => ({
    path: "http_poll",
    schema: "json",
    plugin_config: `url = "${api?.url}/list"\ninterval = "10ms"\npagination = { type = "offset", limit = 100, resume = true }`,
  }),
  message: (payload) => JSON.parse(payload) as string,
});
