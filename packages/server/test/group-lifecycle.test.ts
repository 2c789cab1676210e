import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createConsumerGroup,
  createPartitions,
  deleteConsumerGroup,
  deletePartitions,
  getConsumerGroup,
  joinConsumerGroup,
  leaveConsumerGroup,
  logout,
  pollMessages,
  purgeTopic,
  storeConsumerOffset,
  syncConsumerGroup,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import type { EmbeddedServer } from "../src/index.ts";
import { RawClient } from "./raw-client.ts";
import { makeTopic, testServer, until } from "./with-server.ts";

const TOPIC = { stream: "stream", topic: "topic" } as const;
const GROUP = { ...TOPIC, group: "group" } as const;
const CLIENTS = 3;

interface Model {
  partitions: number;
  groupExists: boolean;
  /** Client → whether it is logged in, and a member. */
  readonly clients: { loggedIn: boolean; member: boolean }[];
}

interface Real {
  readonly server: EmbeddedServer;
  readonly clients: RawClient[];
  readonly observer: RawClient;
}

type Command = fc.AsyncCommand<Model, Real>;

/** One thing that a client does, and what is true after it whatever came before. */
function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command {
  return {
    check,
    run: async (model, real) => {
      await run(model, real);
      await compare(model, real);
    },
    toString: () => name,
  };
}

function commandsOf(index: number): Command[] {
  const me = ({ clients }: Model): Model["clients"][number] => clients[index]!;
  const may = (model: Model): boolean => me(model).loggedIn && model.groupExists;
  return [
    command(
      `login ${index}`,
      (model) => !me(model).loggedIn,
      async (model, real) => {
        await real.clients[index]!.login();
        me(model).loggedIn = true;
      },
    ),
    command(
      `logout ${index}`,
      (model) => me(model).loggedIn,
      async (model, real) => {
        await real.clients[index]!.call(logout, undefined);
        Object.assign(me(model), { loggedIn: false, member: false });
      },
    ),
    command(
      `drop ${index}`,
      () => true,
      async (model, real) => {
        const members = model.clients.filter(({ member }) => member).length - (me(model).member ? 1 : 0);
        real.clients[index]!.close();
        real.clients[index] = await RawClient.connect(real.server);
        Object.assign(me(model), { loggedIn: false, member: false });
        // The server hears of a closed socket in its own time.
        await until(async () => {
          const group = await real.observer.call(getConsumerGroup, GROUP);
          return group === undefined || group.membersCount === members;
        });
      },
    ),
    command(
      `take over ${index}`,
      (model) => me(model).loggedIn,
      async (_, real) => {
        const older = real.clients[index]!;
        const newer = await RawClient.connect(real.server);
        newer.clientId = older.clientId;
        newer.nextRequest = older.nextRequest;
        await newer.login();
        older.close();
        real.clients[index] = newer;
      },
    ),
    command(`join ${index}`, may, async (model, real) => {
      await real.clients[index]!.call(joinConsumerGroup, GROUP);
      me(model).member = true;
    }),
    command(`leave ${index}`, may, async (model, real) => {
      const left = real.clients[index]!.call(leaveConsumerGroup, GROUP);
      await (me(model).member ? left : assert.rejects(left, { code: 5006 }));
      me(model).member = false;
    }),
    command(`work ${index}`, may, async (_, real) => {
      const client = real.clients[index]!;
      const consumer = { kind: "group", id: "group" } as const;
      const assignment = await client.call(syncConsumerGroup, GROUP);
      for (const partition of assignment?.partitions ?? []) {
        const target = { ...TOPIC, consumer, partition };
        const poll = { ...target, strategy: { kind: "next" }, count: 1, autoCommit: false } as const;
        const frames = await client.call(pollMessages, poll);
        assert.equal(frames.partition, partition);
        if (frames.length > 0) await client.call(storeConsumerOffset, { ...target, offset: frames.offset(0) });
      }
    }),
  ];
}

const SHARED: Command[] = [
  command(
    "add a partition",
    ({ partitions }) => partitions < 5,
    async (model, { observer }) => {
      await observer.call(createPartitions, { ...TOPIC, partitionsCount: 1 });
      await observer.send("stream", "topic", model.partitions++, ["a", "b", "c"]);
    },
  ),
  command(
    "remove a partition",
    ({ partitions }) => partitions > 0,
    async (model, { observer }) => {
      await observer.call(deletePartitions, { ...TOPIC, partitionsCount: 1 });
      model.partitions--;
    },
  ),
  command(
    "purge",
    () => true,
    async (_, { observer }) => {
      await observer.call(purgeTopic, TOPIC);
    },
  ),
  command(
    "delete the group",
    ({ groupExists }) => groupExists,
    async (model, { observer }) => {
      await observer.call(deleteConsumerGroup, GROUP);
      model.groupExists = false;
      for (const client of model.clients) client.member = false;
    },
  ),
  command(
    "create the group",
    ({ groupExists }) => !groupExists,
    async (model, { observer }) => {
      await observer.call(createConsumerGroup, { ...TOPIC, name: "group" });
      model.groupExists = true;
    },
  ),
];

/** Only members have partitions; every partition has one owner; no member has two more than another. */
async function compare(model: Model, { clients, observer }: Real): Promise<void> {
  const owned: number[][] = [];
  for (const [index, { loggedIn, member }] of model.clients.entries()) {
    if (!loggedIn) continue;
    const assignment = await clients[index]!.call(syncConsumerGroup, GROUP);
    assert.equal(assignment !== undefined, member, `client ${index}`);
    if (assignment !== undefined) owned.push([...assignment.partitions]);
  }
  const group = await observer.call(getConsumerGroup, GROUP);
  assert.equal(group !== undefined, model.groupExists);
  assert.equal(group?.membersCount ?? 0, owned.length);
  if (owned.length === 0) return;
  const all = Array.from({ length: model.partitions }, (_, partition) => partition);
  assert.deepEqual(
    owned.flat().toSorted((left, right) => left - right),
    all,
  );
  const shares = owned.map(({ length }) => length);
  assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `shares ${shares}`);
}

test("whatever clients do, members share all partitions evenly and no other client has any", async (t) => {
  const commands = [...Array.from({ length: CLIENTS }, (_, index) => commandsOf(index)).flat(), ...SHARED];
  const sequences = fc.commands(
    commands.map((one) => fc.constant(one)),
    { maxCommands: 40, size: "max" },
  );
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      const server = await testServer(t, { fsync: "never" });
      const observer = await RawClient.loggedIn(server);
      await makeTopic(observer, 0);
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RawClient.connect(server)));
      const model: Model = {
        partitions: 0,
        groupExists: false,
        clients: clients.map(() => ({ loggedIn: false, member: false })),
      };
      await fc.asyncModelRun(() => ({ model, real: { server, clients, observer } }), sequence);
      for (const client of [...clients, observer]) client.close();
      await server.close();
    }),
    { numRuns: 40 },
  );
});
