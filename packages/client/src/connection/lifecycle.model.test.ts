import assert from "node:assert/strict";
import { test } from "node:test";
import { createStream, getClusterMetadata, getStreams, loginWithPassword, logout } from "@iggy-connectors/protocol";
import { eventually } from "@iggy-connectors/testing";
import fc from "fast-check";
import { type Answer, node, type ReceivedRequest, ScriptedServer } from "../../test/scripted-server.ts";
import { type ClientState, IggyClient, IggyError } from "../index.ts";
import { mayFollow } from "./states.ts";

/*
 * A client against two nodes that do everything to it that a server may do, at any time. The model knows little: how
 * many calls were made and whether the client was closed. What must hold is said of the wire and of the calls: every
 * call is settled; no write is executed twice; what is said not to be executed was not; a number serves one request.
 */

/** What a node does with the next request, once. */
const MISCHIEFS = [
  "drop", // before it does anything
  "execute and drop",
  "silence",
  "evict without session",
  "evict as stale",
  "not committed, then as usual",
  "committed, but says not committed first",
  "not accepted, then as usual",
  "unauthenticated",
  "answer twice",
  "bytes that are not a frame",
  "refuse",
] as const;
type Mischief = (typeof MISCHIEFS)[number];

const REFUSAL = 1012;

/** Two nodes and what went over their wires. */
class World {
  readonly nodes: ScriptedServer[] = [];
  readonly executed = new Map<string, number>();
  /** Every frame by client and number. */
  readonly frames = new Map<string, Buffer>();
  readonly lastNumber = new Map<bigint, bigint>();
  readonly violations: string[] = [];
  leader = 0;
  clustered = false;
  refuseLogins = false;
  mischief: Mischief | undefined;
  /** Answers of executed writes: an identical frame gets the same again. */
  readonly #answered = new Map<string, Buffer>();

  static async start(): Promise<World> {
    const world = new World();
    for (let i = 0; i < 2; i++) world.nodes.push(await ScriptedServer.start((request) => world.answer(request)));
    return world;
  }

  async restart(index: number): Promise<void> {
    const { port } = this.nodes[index]!;
    await this.nodes[index]!.close();
    this.nodes[index] = await ScriptedServer.start((request) => this.answer(request), port);
  }

  async close(): Promise<void> {
    for (const server of this.nodes) await server.close();
  }

  answer(request: ReceivedRequest): Answer | undefined {
    this.#witness(request);
    if (request.is(loginWithPassword)) return this.refuseLogins ? request.evict("invalidCredentials") : undefined;
    if (request.is(logout)) return undefined;
    if (request.is(getClusterMetadata)) return this.clustered ? this.#roster(request) : undefined;
    const { mischief } = this;
    this.mischief = undefined;
    return mischief === undefined ? this.#usual(request) : this.#misbehave(request, mischief);
  }

  #misbehave(request: ReceivedRequest, mischief: Mischief): Answer {
    switch (mischief) {
      case "drop":
      case "silence":
        return mischief;
      case "execute and drop":
        this.#usual(request);
        return "drop";
      case "evict without session":
        return request.evict("noSession");
      case "evict as stale":
        return request.evict("staleClient");
      case "committed, but says not committed first":
        this.#usual(request);
        return request.status(57);
      case "not committed, then as usual":
        return request.status(57);
      case "not accepted, then as usual":
        return request.status(58);
      case "unauthenticated":
        return request.status(40);
      case "answer twice": {
        const answer = this.#usual(request);
        return Buffer.concat([answer, answer]);
      }
      case "bytes that are not a frame":
        return Buffer.alloc(300, 0x77);
      case "refuse":
        return request.status(REFUSAL);
    }
  }

  #usual(request: ReceivedRequest): Buffer {
    if (!request.is(createStream)) return request.ok(getStreams, []);
    const key = keyOf(request);
    const answered = this.#answered.get(key);
    if (answered !== undefined) return answered;
    const { name } = request.read(createStream);
    this.executed.set(name, (this.executed.get(name) ?? 0) + 1);
    const stream = { id: 0, createdAt: 1n, topicsCount: 0, size: 0n, messagesCount: 0n, options: new Map() };
    const answer = request.ok(createStream, { ...stream, name, topics: [] });
    this.#answered.set(key, answer);
    return answer;
  }

  #roster(request: ReceivedRequest): Buffer {
    const nodes = this.nodes.map(({ port }, index) => node(port, index === this.leader ? "leader" : "follower"));
    return request.ok(getClusterMetadata, { name: "two", nodes });
  }

  #witness(request: ReceivedRequest): void {
    const { client, request: number } = request.header;
    const key = keyOf(request);
    const before = this.frames.get(key);
    if (before === undefined) {
      const last = this.lastNumber.get(client) ?? -1n;
      if (number <= last) this.violations.push(`number ${number} after ${last}`);
      this.lastNumber.set(client, number);
      this.frames.set(key, Buffer.from(request.frame));
    } else if (!before.equals(request.frame)) {
      this.violations.push(`number ${number} served two requests`);
    }
  }
}

function keyOf({ header }: ReceivedRequest): string {
  return `${header.client}/${header.request}`;
}

type Outcome = "resolved" | IggyError;

interface Real {
  readonly world: World;
  readonly client: IggyClient;
  readonly states: ClientState[];
  readonly writes: Map<string, Promise<Outcome>>;
  readonly reads: Promise<Outcome>[];
}

interface Model {
  closed: boolean;
  writes: number;
}

type Step = fc.AsyncCommand<Model, Real>;

function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then(
    () => "resolved" as const,
    (error: unknown) => {
      assert.ok(error instanceof IggyError, String(error));
      return error;
    },
  );
}

function step(name: string, run: (model: Model, real: Real) => Promise<void> | void): Step {
  return { check: () => true, run: async (model, real) => run(model, real), toString: () => name };
}

const write = step("write", (model, { client, writes }) => {
  const name = `stream-${model.writes++}`;
  writes.set(name, outcomeOf(client.createStream(name)));
});
const read = step("read", (_model, { client, reads }) => void reads.push(outcomeOf(client.getStreams())));
const settle = step("settle", async (_model, { writes, reads }) => {
  await Promise.all([...writes.values(), ...reads]);
});
const dropAll = step("drop all", (_model, { world }) => {
  for (const server of world.nodes) server.dropConnections();
});
const refuse = step("refuse logins", (_model, { world }) => {
  world.refuseLogins = !world.refuseLogins;
});
const elect = step("elect the other", (_model, { world }) => {
  world.clustered = true;
  world.leader = 1 - world.leader;
  for (const server of world.nodes) server.dropConnections();
});
const evict = step("evict all", (_model, { world }) => {
  for (const server of world.nodes) {
    const login = server.received(loginWithPassword).at(-1);
    if (login !== undefined) server.write(login.evict("staleClient"));
  }
});
const close = step("close", (model, { client }) => {
  model.closed = true;
  void client.close();
});

const steps = [
  fc.constant(write),
  fc.constant(write),
  fc.constant(write),
  fc.constant(read),
  fc.constant(settle),
  fc.constant(dropAll),
  fc.constant(refuse),
  fc.constant(elect),
  fc.constant(evict),
  fc.constant(close),
  fc.nat(1).map((index) => step(`restart ${index}`, (_model, { world }) => world.restart(index))),
  fc.constantFrom(...MISCHIEFS).map((mischief) =>
    step(`next: ${mischief}`, (_model, { world }) => {
      world.mischief = mischief;
    }),
  ),
  fc.constantFrom(...MISCHIEFS).map((mischief) =>
    step(`write, ${mischief}`, async (model, real) => {
      real.world.mischief = mischief;
      await write.run(model, real);
    }),
  ),
];

test("whatever servers do, every call ends, no write is executed twice, and no number serves two requests", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 20 }), async (commands) => {
      const world = await World.start();
      const states: ClientState[] = ["connecting"];
      const client = await IggyClient.connect({
        address: world.nodes.map(({ address }) => address),
        requestTimeout: 250,
        heartbeatInterval: 600_000,
        reconnect: { initialBackoff: 1, maxBackoff: 5, jitter: 0 },
        onStateChange: (state) => void states.push(state),
      });
      const real: Real = { world, client, states, writes: new Map(), reads: [] };
      const model: Model = { closed: false, writes: 0 };
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await endsWell(model, real);
      } finally {
        await client.close();
        await world.close();
      }
      assert.equal(states.at(-1), "closed");
      for (const [index, state] of states.slice(1).entries()) {
        assert.ok(mayFollow(states[index]!, state), `${states[index]} → ${state}`);
      }
    }),
    { numRuns: 150 },
  );
});

async function endsWell(model: Model, { world, client, writes, reads }: Real): Promise<void> {
  for (const [name, settled] of writes) {
    const outcome = await settled;
    const executed = world.executed.get(name) ?? 0;
    assert.ok(executed <= 1, `${name} was executed ${executed} times`);
    if (outcome === "resolved") assert.equal(executed, 1, `${name} succeeded without being executed`);
    else if (!outcome.outcomeUnknown) assert.equal(executed, 0, `${name} was executed, and denied: ${outcome.message}`);
  }
  await Promise.all(reads);
  assert.deepEqual(world.violations, []);
  if (model.closed) {
    await assert.rejects(client.getStreams(), { code: 63 });
    return;
  }
  // Whatever came before, a cluster that behaves is found again.
  world.mischief = undefined;
  world.refuseLogins = false;
  await eventually(() => client.getStreams().then(() => true), { what: "a call that succeeds" });
  if (world.clustered) assert.equal(client.server?.address, world.nodes[world.leader]!.address);
}
