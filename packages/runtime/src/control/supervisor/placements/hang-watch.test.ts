import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { CallMarks, createMarks } from "../../../shared/workers/call-marks.ts";
import { processorWait, systemThread } from "../../../shared/workers/processor-wait.ts";
import { watchHeartbeat } from "./hang-watch.ts";
import type { WorkerHang } from "./worker-hang.ts";

const THREAD = 7;
const INTERVAL = 500;

function watched(t: TestContext, waitOf: (thread: number) => number = () => 0, own?: number) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const buffer = createMarks();
  const marks = new CallMarks(buffer);
  marks.runsIn(THREAD);
  const hangs: WorkerHang[] = [];
  let now = 0;
  const end = watchHeartbeat({
    clock: () => now,
    ...{ marks: buffer, timeout: 2500, interval: INTERVAL, waitOf, ...(own === undefined ? {} : { own }) },
    onHang: (hang) => hangs.push(hang),
  });
  /** `late`: milliseconds by which each look is later than it should be. */
  const look = (times = 1, late = 0): void => {
    for (let time = 0; time < times; time++) {
      now += INTERVAL + late;
      t.mock.timers.tick(INTERVAL);
    }
  };
  return { marks, hangs, end, look };
}

describe("the watch over a worker's heartbeat", () => {
  it("finds one that is silent for its time, once", (t) => {
    const { marks, hangs, look } = watched(t);
    marks.beat();
    look();
    marks.enter({ owner: "3", call: "consume", since: 0, ranges: [] });
    look(4);
    assert.equal(hangs.length, 0);
    look();
    assert.deepEqual(
      hangs.map(({ silence, suspects }) => [silence, suspects.map(({ owner }) => owner)]),
      [[2500, ["3"]]],
    );
    look(20);
    assert.equal(hangs.length, 1);
  });

  it("leaves one alone that beats, and one whose watch has ended", (t) => {
    const { marks, hangs, look, end } = watched(t);
    for (let beat = 0; beat < 10; beat++) {
      marks.beat();
      look(4);
    }
    end();
    look(20);
    assert.deepEqual(hangs, []);
  });

  it("leaves one alone that has not begun: no connector's code runs in it", (t) => {
    const { marks, hangs, look } = watched(t);
    look(100);
    assert.deepEqual(hangs, []);
    marks.beat();
    look(6);
    assert.equal(hangs.length, 1);
  });

  it("does not count the time for which it had no processor", (t) => {
    let waited = 90_000;
    const { marks, hangs, look } = watched(t, (thread) => (thread === THREAD ? waited : Number.NaN));
    marks.beat();
    look(2);
    for (let turn = 0; turn < 19; turn++) {
      waited += 400;
      look();
    }
    assert.equal(hangs.length, 0, "2.4 s of 10 are its own");
    look();
    assert.deepEqual(
      hangs.map(({ silence }) => silence),
      [2900],
    );
  });

  it("waits for a part of the time only to be its own, where that is enough", (t) => {
    let waited = 0;
    const { marks, hangs, look } = watched(t, () => waited, 1000);
    marks.beat();
    const call = marks.enter({ owner: "3", call: "consume", since: 0, ranges: [] });
    look(2);
    for (let turn = 0; turn < 4; turn++) {
      waited += 400;
      look();
    }
    assert.equal(hangs.length, 0, "0.9 s of 2.5");
    marks.yielded(call);
    look();
    assert.equal(hangs.length, 0, "1.4 s of 3, but no call's code runs");
    marks.enter({ owner: "3", call: "flush", since: 0, ranges: [] });
    waited += 500;
    look();
    assert.deepEqual(
      hangs.map(({ silence }) => silence),
      [1400],
    );
  });

  it("waits for the whole time where all of it is its own", (t) => {
    const { marks, hangs, look } = watched(t, () => 0, 1000);
    marks.beat();
    look(5);
    assert.equal(hangs.length, 0);
    look();
    assert.equal(hangs.length, 1);
  });

  it("counts the time of looks that are late, but not that for which the whole process did not run", (t) => {
    const { marks, hangs, look } = watched(t);
    marks.beat();
    look();
    look(1, 3_600_000);
    look(1, 200);
    assert.equal(hangs.length, 0, "1.25 s and 0.7 s");
    look(1, 400);
    assert.deepEqual(
      hangs.map(({ silence }) => silence),
      [2850],
    );
  });

  it("counts all of the time where the system stops to tell", (t) => {
    const answers = [90_000, 0, 0, 0];
    const { marks, hangs, look } = watched(t, () => answers.shift() ?? 0);
    marks.beat();
    look(6);
    assert.equal(hangs.length, 1);
  });
});

describe("the time for which a thread had no processor", () => {
  it("is what the system says of this one", { skip: process.platform !== "linux" && "only Linux tells it" }, () => {
    const thread = systemThread();
    assert.match(
      readFileSync(`/proc/self/task/${thread}/status`, "utf8"),
      new RegExp(`^Tgid:\\s+${process.pid}$`, "m"),
    );
    const told = (): number => Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[1]) / 1e6;
    const [before, waited, after] = [told(), processorWait(thread), told()];
    assert.ok(before > 0 && before <= waited && waited <= after, `${before} ${waited} ${after}`);
  });

  it("is none of a thread that does not exist", () => {
    assert.equal(processorWait(0), 0);
  });
});
