import { join } from "node:path";

const head = (type: "sink" | "source", key: string, path: string): string =>
  `type = "${type}"\nkey = "${key}"\nenabled = true\nversion = 0\nname = "${key}"\npath = "${path}"\n`;

export interface SinkFile {
  readonly key: string;
  /** Folder of the original's plugins; ours takes their file names as names. */
  readonly plugins: string;
  readonly topic: string;
  readonly schema: "raw" | "json";
  readonly transforms: string;
  readonly group: string;
}

/** A sink that looks at each batch and prints nothing of it. */
export function sinkFile({ key, plugins, topic, schema, transforms, group }: SinkFile): string {
  return `${head("sink", key, join(plugins, "libiggy_connector_stdout_sink"))}
[[streams]]
stream = "rival"
topics = ["${topic}"]
schema = "${schema}"
batch_length = 1000
poll_interval = "5ms"
consumer_group = "${group}"
${transforms}
[plugin_config]
print_payload = false
`;
}

/** The random source, a thousand messages at a time as fast as they are taken, one field added. */
export function sourceFile(plugins: string, topic: string, total: number): string {
  return `${head("source", "measured", join(plugins, "libiggy_connector_random_source"))}
[[streams]]
stream = "rival"
topic = "${topic}"
schema = "json"
batch_length = 1000
linger_time = "5ms"
[transforms.add_fields]
enabled = true
[[transforms.add_fields.fields]]
key = "test_field"
value.static = "hello!"
[plugin_config]
interval = "1ms"
max_count = ${total}
messages_range = [1000, 1001]
payload_size = 200
`;
}
