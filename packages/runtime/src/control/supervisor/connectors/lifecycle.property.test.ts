import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import fc from "fast-check";
import { type Life, ScriptedPlacement } from "../../../../test/supervisor/scripted-placement.ts";
import { validDefinition } from "../../../../test/valid-definition.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import { mayFollow, STATES } from "../../../shared/task/states.ts";
import { sinkFileSchema } from "../../config/connector-files/schema.ts";
import { runtimeFileSchema } from "../../config/runtime-file/schema.ts";
import type { DesiredState } from "./desired-states.ts";
import { ManagedConnector } from "./managed-connector.ts";

interface Version {
  readonly version: number;
  readonly life: Life;
  readonly tasks: number;
}

/** What should be: the version in force, what the operator wants, and whether the version has ever worked. */
interface Model {
  intent: DesiredState;
  current: Version;
  /** Its present run has been healthy. */
  proven: boolean;
  /** Asked for last; the same again changes nothing. */
  asked: Version;
  rejected: Version | undefined;
}

interface Real {
  readonly connector: ManagedConnector;
  readonly placement: ScriptedPlacement;
  readonly wrong: string[];
}

const connectorOf = ({ version, life, tasks }: Version) =>
  validDefinition(
    sinkFileSchema.parse({
      type: "sink",
      key: "k",
      enabled: true,
      version,
      name: "K",
      path: "scripted",
      tasks,
      // Only versions that never become healthy wait this long.
      start_timeout: "3ms",
      stop_timeout: "1s",
      streams: [{ stream: "s", topics: ["t"], schema: "json" }],
      plugin_config: { life, version },
    }),
  );

function start(first: Version): Real {
  const placement = new ScriptedPlacement();
  const wrong: string[] = [];
  const connector = new ManagedConnector(connectorOf(first), "running", {
    config: runtimeFileSchema.parse({ connectors: { restart: { initial_backoff: "1ms", max_backoff: "2ms" } } }),
    environment: {},
    workingDirectory: "/",
    place: placement.place,
    logLevel: "info",
    resolvePlugin: () => ({ url: "file:///x.ts", shipped: true }),
    tryCode: async () => undefined,
    redact: (text) => text,
    onState: (_connector, from, to) => {
      if (!mayFollow(from, to)) wrong.push(`${from} to ${to}`);
    },
    onLogs: () => {},
    onDescribed: () => {},
    tapSettings: () => undefined,
    onTapped: () => {},
    onRejected: () => {},
    onPlaced: () => {},
  });
  return { connector, placement, wrong };
}

/** States a version may be in while it is wanted. */
const STATES_OF: Readonly<Record<Life, readonly TaskState[]>> = {
  good: ["running"],
  fatal: ["failed"],
  die: ["retrying", "starting"],
  silent: ["starting"],
};

async function check(model: Model, { connector, placement, wrong }: Real): Promise<void> {
  const expected = model.intent === "running" ? STATES_OF[model.current.life] : [model.intent];
  await eventually(() => expected.includes(connector.snapshot().state), {
    interval: 1,
    timeout: 5000,
    what: `${expected} instead of ${connector.snapshot().state}`,
  });
  const snapshot = connector.snapshot();
  assert.equal(snapshot.version, model.current.version);
  assert.equal(snapshot.rejected?.version, model.rejected?.version);
  assert.equal(snapshot.desired, model.intent);
  assert.equal(snapshot.status, STATES[snapshot.state].status);
  assert.deepEqual(wrong, [], "every transition is in the table");
  assert.deepEqual(placement.overlaps, [], "a version starts after the one before has stopped");
  if (model.intent !== "running") assert.equal(placement.alive, 0);
  if (model.intent === "running" && model.current.life === "good") assert.equal(placement.alive, model.current.tasks);
}

/** What happens to the model when `next` is put in the place of what runs. */
function replaced(model: Model, next: Version): void {
  const fallback = model.intent === "running" && model.proven && next.version !== model.current.version;
  model.asked = next;
  model.rejected = undefined;
  if (fallback && next.life !== "good") {
    model.rejected = next;
    return;
  }
  model.current = next;
  model.proven = model.intent === "running" && next.life === "good";
}

type Command = fc.AsyncCommand<Model, Real>;

class Apply implements Command {
  readonly version: Version;
  constructor(version: Version) {
    this.version = version;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const applied = await real.connector.apply(connectorOf(this.version));
    if (this.version.version === model.asked.version) {
      assert.equal(applied.outcome, model.rejected === undefined ? "unchanged" : "rejected");
    } else if (model.intent === "running" && this.version.version === model.current.version) {
      model.asked = this.version;
      model.rejected = undefined;
    } else {
      replaced(model, this.version);
      assert.equal(applied.outcome === "rejected", model.rejected !== undefined);
      assert.equal(applied.outcome === "stored", model.intent !== "running");
    }
    await check(model, real);
  }
  toString = () => `apply(${this.version.version} ${this.version.life} ×${this.version.tasks})`;
}

class Restart implements Command {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    model.proven &&= model.intent === "running";
    model.intent = "running";
    const version = model.current;
    const starts = real.placement.starts;
    await Promise.all([real.connector.restart(connectorOf(version)), real.connector.restart(connectorOf(version))]);
    replaced(model, version);
    assert.ok(real.placement.starts > starts, "it was started again");
    await check(model, real);
  }
  toString = () => "restart";
}

class Want implements Command {
  readonly intent: DesiredState;
  constructor(intent: DesiredState) {
    this.intent = intent;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    await real.connector.setDesiredState(this.intent);
    const starts = this.intent === "running" && (model.intent !== "running" || model.current.life === "fatal");
    model.intent = this.intent;
    if (this.intent !== "running") model.proven = false;
    else if (starts) model.proven = model.current.life === "good";
    await check(model, real);
  }
  toString = () => this.intent;
}

class Crash implements Command {
  check = (model: Readonly<Model>) => model.intent === "running";
  async run(model: Model, real: Real): Promise<void> {
    real.placement.crash();
    await check(model, real);
  }
  toString = () => "crash";
}

test("under any operations a connector follows the table of states, and one version runs at a time", async () => {
  const lives: readonly Life[] = ["good", "good", "fatal", "die", "silent"];
  // Versions 1 … 6 are always the same, so that the same one is asked for again.
  const version = fc
    .integer({ min: 1, max: 6 })
    .map((number): Version => ({ version: number, life: lives[number % 5]!, tasks: 1 + (number % 2) }));
  const commands = fc.commands(
    [
      version.map((one) => new Apply(one)),
      fc.constant(new Restart()),
      fc.constantFrom<DesiredState>("running", "paused", "stopped").map((intent) => new Want(intent)),
      fc.constant(new Crash()),
    ],
    { maxCommands: 12 },
  );
  await fc.assert(
    fc.asyncProperty(version, commands, async (first, asked) => {
      const real = start(first);
      await real.connector.apply(connectorOf(first));
      const model: Model = {
        intent: "running",
        current: first,
        proven: first.life === "good",
        asked: first,
        rejected: undefined,
      };
      try {
        await fc.asyncModelRun(() => ({ model, real }), asked);
      } finally {
        await real.connector.stop(0);
      }
      assert.equal(real.placement.alive, 0, "nothing is left behind");
      assert.ok(["stopped", "completed", "failed", "paused"].includes(real.connector.snapshot().state));
    }),
    { numRuns: 150 },
  );
});
