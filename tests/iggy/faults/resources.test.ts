import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyError } from "@iggy-connectors/client";
import { seededFaults, seededRandom } from "@iggy-connectors/test-support";
import { isLegacy } from "../server-under-test.ts";
import { Bench, settled } from "./bench.ts";

// Commands that change the catalog, while frames are lost, torn, delayed or repeated: what a call says of itself is
// true.

const OPERATIONS = 60;
const TOPICS = 3;

/** Partitions of a topic, or nothing where it does not exist. */
type State = number | undefined;

interface Change {
  readonly what: string;
  readonly call: Promise<unknown>;
  readonly to: State;
}

function change({ client, place: { stream } }: Bench, name: string, from: State, choice: number): Change {
  if (from === undefined) {
    return { what: "create", call: client.createTopic({ stream, name, partitionsCount: 1 }), to: 1 };
  }
  if (choice < 0.3) return { what: "delete", call: client.deleteTopic(stream, name), to: undefined };
  if (choice < 0.6 || from === 1) return { what: "grow", call: client.createPartitions(stream, name, 2), to: from + 2 };
  return { what: "shrink", call: client.deletePartitions(stream, name, 1), to: from - 1 };
}

test("topics and partitions", { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 3; seed++) {
    await using bench = await Bench.start(1);
    const { direct, place, proxy } = bench;
    const duplicate = isLegacy(direct) ? 0 : 0.15;
    proxy.script = seededFaults({ seed, rates: { cut: 0.05, swallow: 0.02, duplicate, split: 0.1, delay: 0.05 } });
    const random = seededRandom(seed + 1000);
    const found = async (name: string): Promise<State> => (await direct.getTopic(place.stream, name))?.partitionsCount;
    const outcomes = new Map<string, number>();
    const names = Array.from({ length: TOPICS }, (_, index) => `topic-${index}`);
    for (let operation = 0; operation < OPERATIONS; operation++) {
      const chosen = Math.floor(random() * TOPICS);
      const name = names[chosen] ?? "";
      const before = await found(name);
      const { what, call, to } = change(bench, name, before, random());
      const outcome = await settled(call, what).then(
        () => "done",
        (error: unknown) => {
          assert.ok(error instanceof IggyError, String(error));
          return error.outcomeUnknown ? "unknown" : "refused";
        },
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const after = await found(name);
      const story = `seed ${seed}, operation ${operation}: ${what} ${name} from ${before}: ${outcome}`;
      if (outcome === "done") assert.equal(after, to, story);
      if (outcome === "refused") assert.equal(after, before, story);
      if (outcome === "unknown") {
        assert.ok(after === before || after === to, story);
        // It may still be on its way, so the state of this topic is not known.
        names[chosen] = `topic-${chosen}-${operation}`;
      }
    }
    await bench.recovered();
    assert.ok((outcomes.get("done") ?? 0) > OPERATIONS / 3, `seed ${seed}: ${[...outcomes].join(" ")}`);
  }
});
