import { test } from "node:test";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { sinkConformance } from "@iggy-connectors/testing";
import pg from "pg";

const WRITTEN = ["sink.after_consume", "sink.before_store"];
const STEPS = ["sink.after_poll", "sink.after_consume", "sink.before_store", "sink.after_store"];

const pluginConfig = (url: string, more: string): string => `connection_string = "${url}"
target_table = "arrived"
auto_create_table = true
payload_format = "text"
${more}`;

/** Payloads in the order in which rows came: a table that is only appended to keeps them so. */
async function arrived(url: string): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ payload: string }>("SELECT payload FROM arrived ORDER BY ctid");
    return rows.map(({ payload }) => payload);
  } finally {
    await client.end();
  }
}

function conformance(
  name: string,
  delivery: "exactly-once" | "at-least-once",
  steps: readonly string[],
  more: string,
): void {
  let url = "";
  sinkConformance({
    name,
    delivery,
    steps,
    // A server of its own for each: POSTGRES_URL would have to be cleaned between two of them.
    destination: async () => {
      const server = await PostgresServer.start();
      ({ url } = server);
      return server;
    },
    connector: () => ({ path: "postgres", plugin_config: pluginConfig(url, more) }),
    read: () => arrived(url),
  });
}

const missing = postgresMissing();
if (missing !== false || process.env.POSTGRES_URL !== undefined) {
  test("the PostgreSQL sink keeps its promises", { skip: missing || "POSTGRES_URL names a server that others use" });
} else {
  conformance("the PostgreSQL sink", "exactly-once", STEPS, "");
  conformance(
    "the PostgreSQL sink by INSERT, ignoring ids that are there",
    "exactly-once",
    WRITTEN,
    'method = "insert"\ninsert_mode = "ignore"',
  );
  conformance('the PostgreSQL sink with offsets = "iggy"', "at-least-once", WRITTEN, 'offsets = "iggy"\nkey = []');
}
