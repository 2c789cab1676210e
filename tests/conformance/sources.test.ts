import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { persistentSenders } from "@iggy-connectors/test-support";
import { freePort, HttpDestination, type Origin, sourceConformance } from "@iggy-connectors/testing";

const head = (path: string, schema = "raw"): string => `type = "source"
key = "subject"
enabled = true
version = 0
name = "Subject"
path = "${path}"
[[streams]]
stream = "conformance"
topic = "messages"
schema = "${schema}"
batch_length = 100
linger_time = "0"
[plugin_config]
`;

const STEPS = ["source.after_poll", "source.after_send", "source.before_checkpoint", "source.after_checkpoint"];

const nothingToEnd = (): Origin => ({ [Symbol.asyncDispose]: async () => {} });

sourceConformance({
  name: "the file source",
  ordered: true,
  steps: STEPS,
  async origin(folder, messages) {
    await writeFile(join(folder, "input.log"), messages.map((message) => `${message}\n`).join(""));
    return nothingToEnd();
  },
  connector: (folder) => `${head("file")}path = "${join(folder, "input.log")}"\n`,
});

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
  connector: () =>
    `${head("http")}listen_addr = "${webhook}"\ntopic_path = "in"\ncontent = "raw"\nmax_batch_size = 8\n`,
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
  connector: () =>
    `${head("http_poll", "json")}url = "${api?.url}/list"\ninterval = "10ms"\npagination = { type = "offset", limit = 100, resume = true }\n`,
  message: (payload) => JSON.parse(payload) as string,
});
