import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ApiConnectorStatus, ApiTappedMessage } from "@iggy-connectors/runtime/api-types";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A title, a cleared screen by the one-byte CSI, a bell, text that runs backwards, ends of lines. */
const HOSTILE = "x\u001b]0;owned\u0007\u009b2J\u001b[31m\u202egnp.exe\u2066\u200b\u2028y\r\nforged line\tz";
/** Colours are off here, so that none of these characters may be left. The payloads have no line break. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const error = { code: HOSTILE, message: HOSTILE, place: HOSTILE, fix: HOSTILE, timestamp: 1 };
const info = {
  ...{ id: 1, key: HOSTILE, name: HOSTILE, path: HOSTILE, enabled: true, status: HOSTILE, state: HOSTILE },
  ...{ since: "2026-01-31T12:00:00Z", version: 0, desired: HOSTILE, lag: 1, last_error: error, tasks: [] },
  ...{ rate: 1, dead_lettered: 1, last_success: HOSTILE, counting_since: HOSTILE },
  retry: { attempts: 1, since: HOSTILE, next_attempt_at: HOSTILE },
  rejected: { version: 1, error, at: HOSTILE },
};
const reasons = [{ stage: HOSTILE, code: HOSTILE, count: 1 }];
const status = {
  ...{ ...info, last_success: HOSTILE, delivery: HOSTILE, delivery_reason: HOSTILE, messages_in_flight: 1 },
  ...{ bytes_in_flight: 1, counters: { [HOSTILE]: 1 }, dead_letters: reasons, retries: reasons },
  partitions: [
    {
      ...{ stream: HOSTILE, topic: HOSTILE, partition: 0, stored_offset: HOSTILE, end_offset: HOSTILE, lag: 1 },
      ...{ in_flight: 0, state: HOSTILE },
    },
  ],
} as unknown as ApiConnectorStatus;
const origin = {
  stream: HOSTILE,
  topic: HOSTILE,
  partition: 0,
  offset: HOSTILE,
  id: HOSTILE,
  timestamp: HOSTILE,
  origin_timestamp: HOSTILE,
};
const letter = {
  ...{ id: HOSTILE, task: 0, stage: HOSTILE, transform: HOSTILE, code: HOSTILE, error: HOSTILE, attempts: 1 },
  ...{ time: HOSTILE, resolved: false, origin, size: 1, truncated: false, dropped_headers: 0 },
};
const headers = { [HOSTILE]: { kind: HOSTILE, value: HOSTILE } };
const tapped = {
  ...{ point: HOSTILE, stream: HOSTILE, topic: HOSTILE, partition: 0, offset: HOSTILE, id: HOSTILE },
  ...{ headers: { [HOSTILE]: HOSTILE }, payload: null, outcome: HOSTILE, code: HOSTILE, error: HOSTILE },
} as unknown as ApiTappedMessage;
const payload = { encoding: "utf8", data: HOSTILE.replaceAll(/[\r\n\t]/g, ""), size: 1, truncated: true };
const partition = {
  ...{ stream: HOSTILE, topic: HOSTILE, partition: 0, stored: HOSTILE, end: HOSTILE, lag: 1, owner: HOSTILE },
  ...{ before: HOSTILE, after: HOSTILE, replayed: HOSTILE, skipped: HOSTILE },
};
const failure = { code: HOSTILE, reason: HOSTILE, place: HOSTILE, fix: HOSTILE };

/** By the end of the path. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "/sinks": [info],
  "/sources": [info],
  "/status": status,
  "/offsets": [partition],
  "/offsets/reset": { preview: false, partitions: [partition] },
  "/checkpoint": { [HOSTILE]: HOSTILE },
  "/dead_letters": { dead_letters: [letter], next: HOSTILE },
  "/dead_letters/1": { ...letter, payload, headers },
  "/dead_letters/replay": {
    replayed: 0,
    skipped: 0,
    failed: 1,
    failures: [{ id: HOSTILE, code: HOSTILE, error: HOSTILE }],
  },
  "/pause": undefined,
};

let server: Server;
let api: string;

before(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.split("?")[0]!);
    if (path.endsWith("/tap")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const message of [tapped, { ...tapped, payload }]) response.write(`data: ${JSON.stringify(message)}\n\n`);
      // Only the reader ends the stream of a connector named `endless`.
      if (path.includes("endless")) setInterval(() => response.write(`data: ${JSON.stringify(tapped)}\n\n`), 5).unref();
      else response.end();
      return;
    }
    const known = Object.keys(ANSWERS).find((end) => path.endsWith(end));
    if (known === undefined || request.method === "PUT" || path.includes("refused")) {
      response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(failure));
    } else response.writeHead(200).end(JSON.stringify(ANSWERS[known]) ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(arguments_: readonly string[], readAll = true): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, MAIN, ...arguments_, ...(arguments_[0] === "explain" ? [] : ["--api", api])],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    },
  );
  let [output, errors] = ["", ""];
  child.stdout.on("data", (piece) => {
    output += piece;
    // The reader goes away as `head -c 1` does.
    if (!readAll) child.stdout.destroy();
  });
  if (!readAll) child.stdout.once("readable", () => child.stdout.destroy());
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output, errors };
}

const COMMANDS: readonly (readonly [string[], number])[] = [
  [["status"], 0],
  [["status", "sink/k"], 0],
  [["status", "sink/refused"], 1],
  [["status", "unknown"], 1],
  [["pause", "sink/k"], 0],
  [["pause", `sink/${HOSTILE}`], 0],
  [["pause", HOSTILE], 2],
  [["offsets", "show", "sink/k"], 0],
  [["offsets", "reset", "sink/k", "--to", "first"], 0],
  [["checkpoint", "show", "source/k"], 0],
  [["checkpoint", "set", "source/k", HOSTILE], 1],
  [["dead-letters", "list", "sink/k"], 0],
  [["dead-letters", "show", "sink/k", "1"], 0],
  [["dead-letters", "replay", "sink/k", "--all"], 1],
  [["dead-letters", "purge", "sink/k", "--yes"], 0],
  [["tail", "sink/k"], 0],
  [["explain", HOSTILE], 2],
];

describe("whatever names and reasons an API answers with", { concurrency: 2 }, () => {
  for (const [command, expected] of COMMANDS) {
    const name = command.slice(0, 2).join(" ").slice(0, 30);
    it(`${JSON.stringify(name)} prints nothing that a terminal obeys`, async () => {
      for (const format of [[], ["--json"]]) {
        const given = command[0] === "explain" ? command : [...command, ...format];
        const { code, output, errors } = await run(given);
        assert.equal(code, expected, errors);
        for (const line of `${output}\n${errors}`.split("\n")) {
          assert.doesNotMatch(line, FORBIDDEN, `${name}: ${JSON.stringify(line)}`);
          assert.ok(!line.startsWith("forged line"), name);
        }
      }
    });
  }
});

describe("a reader that goes away", { concurrency: 2 }, () => {
  for (const [command, expected] of [...COMMANDS, [["tail", "sink/endless"], 0] as const]) {
    const name = command.slice(0, 2).join(" ").slice(0, 30);
    it(`ends ${JSON.stringify(name)} quietly and with its own exit code`, async () => {
      const { code, errors } = await run(command, false);
      assert.doesNotMatch(errors, /EPIPE|^\s+at /m);
      assert.equal(code, expected, errors);
    });
  }
});
