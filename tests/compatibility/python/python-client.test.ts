import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { missingPython, pythonPackages } from "@iggy-connectors/test-support";
import { temporaryFolder } from "@iggy-connectors/testing";

// The acceptance test of the embedded server: the official Python client (PyPI apache-iggy, which wraps the official
// Rust client) does everything it can do.

const JUDGE = fileURLToPath(new URL("judge", import.meta.url));

const PROOFS: Readonly<Record<string, readonly string[]>> = {
  connections: [
    "log in, log out, wrong password",
    "automatic login, connection string, unknown token",
    "statistics",
    "raw commands",
    "fifty clients at once",
  ],
  catalog: [
    "create, list, rename and delete streams",
    "create, list and update topics",
    "options",
    "partitions, purge, delete",
  ],
  messages: [
    "typed headers, ids, confirmations",
    "poll by offset, timestamp, first, last, next",
    "each strategy with and without commit",
    "balanced, keyed and explicit partitions",
    "sizes from one byte to 8 MiB",
    "eight senders at once",
  ],
  groups: [
    "create, list and delete groups",
    "store and delete offsets of a consumer group",
    "rebalances of a group of up to five members",
    "heartbeats keep a membership, a logout ends it",
  ],
  consumers: [
    "each way of committing",
    "two consumers of a group read each message once",
    "producers, direct and in the background",
  ],
  users: ["create, change and delete users", "permissions at each level", "login with a personal access token"],
  restart: ["streams, messages and offsets outlive a restart", "a consumer goes on over a restart"],
};

/** Runs a scenario against a server of its own, and restarts the server whenever the scenario asks. */
async function judged(scenario: string): Promise<void> {
  await using folder = await temporaryFolder("iggy-python-");
  const problems: string[] = [];
  const start = (address: string): Promise<EmbeddedServer> =>
    startServer({
      address,
      path: join(folder.path, "data"),
      // A member that is silent for 600 ms is evicted; the judge's clients send a heartbeat every 100 ms.
      heartbeatInterval: 500,
      logger: (level, message, fields) => {
        if (level === "error") problems.push(`${message} ${JSON.stringify(fields)}`);
      },
    });
  let server = await start("127.0.0.1:0");
  const restart = async (): Promise<void> => {
    await server.close();
    server = await start(server.address);
  };
  try {
    // The package logs in with tokens but makes none.
    const client = await IggyClient.connect({ address: server.address });
    const token = await client.createPersonalAccessToken("judge");
    await client.close();
    const arguments_ = [JUDGE, scenario, server.address, await pythonPackages("apache-iggy==0.9.0"), token];
    const child = spawn("python3", arguments_, {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      timeout: 90_000,
    });
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== "restart") lines.push(line);
      else {
        await restart();
        child.stdin.write("done\n");
      }
    }
    assert.equal(await exited, 0, `${lines.join("\n")}\n${complaints}`);
    assert.deepEqual(lines, [...(PROOFS[scenario] ?? []).map((proof) => `ok ${proof}`), "done"]);
    assert.deepEqual(problems, []);
  } finally {
    await server.close();
  }
}

const skip = await missingPython();
for (const scenario of Object.keys(PROOFS)) {
  test(`the official Python client: ${scenario}`, { skip }, () => judged(scenario));
}
