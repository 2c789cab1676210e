import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, open as openFile, openSync, readFileSync } from "node:fs";
import { NO_TOTALS } from "../../src/control/supervisor/run/totals.ts";
import type { TaskState } from "../../src/shared/task/states.ts";
import type { TaskCommand, TaskEvent } from "../../src/shared/task/task-messages.ts";
import type { TaskSpec } from "../../src/shared/task/task-spec.ts";
import type { TaskStatus } from "../../src/shared/task/task-status.ts";
import { openChannel } from "../../src/worker/task/thread-channel.ts";
import { taskStatus } from "../task-status.ts";

/** What the worker does, one word per life; the last word also for all lives after it. */
export interface Script {
  /** `run`, `run-deaf`, `silent`, `crash`, `exit`, `die`, `memory`, `block`, `mount`, `mount-async`, `fatal`, `complete`, `print`, `describe`. */
  readonly lives: readonly string[];
  /** File that counts the lives, since a worker remembers nothing of the one before. */
  readonly journal: string;
}

const { work: spec, post, onCommand } = openChannel<TaskSpec, TaskCommand, TaskEvent>();
const { lives, journal } = spec.pluginConfig as Script;
const life = existsSync(journal) ? readFileSync(journal).length : 0;
appendFileSync(journal, ".");

function end(state: TaskState, changes: Partial<TaskStatus> = {}): void {
  post({ type: "ended", status: taskStatus(state, changes) });
  process.exit(0);
}

/** Every life consumes ten messages before it meets its end. */
function run(): void {
  const counters = { ...NO_TOTALS.counters, consumed: 10 };
  post({ type: "status", status: taskStatus("running", { counters, messagesInFlight: 3 }) });
}

onCommand((command) => {
  if (command.type === "stop" && lives[Math.min(life, lives.length - 1)] !== "run-deaf") {
    end("stopped", { counters: { ...NO_TOTALS.counters, consumed: 10 } });
  }
});

switch (lives[Math.min(life, lives.length - 1)]) {
  case "crash":
    run();
    setTimeout(() => {
      throw Object.assign(new Error("the plugin broke its promise"), { secret: true });
    }, 10);
    break;
  case "die":
    process.exit(7);
    break;
  case "exit":
    run();
    setTimeout(() => process.exit(7), 10);
    break;
  case "memory": {
    const hoard: unknown[] = [];
    // In small steps, as a leak grows: one leap beyond the limit is more than V8 can stop, and ends the process.
    const leak = (): void => {
      hoard.push(Array.from({ length: 2000 }, (_, index) => ({ index })));
      setImmediate(leak);
    };
    leak();
    break;
  }
  case "block":
    run();
    for (;;);
  case "mount":
    run();
    execFileSync("mkfifo", [`${journal}.fifo`]);
    // As a file on a mount that hangs: nobody ever writes to it, and no signal of V8 ends the call.
    openSync(`${journal}.fifo`, "r");
    break;
  case "mount-async":
    run();
    execFileSync("mkfifo", [`${journal}.fifo`]);
    openFile(`${journal}.fifo`, "r", () => {});
    break;
  case "fatal":
    end("failed", { lastError: { code: "IGC_SINK_AUTH", message: "wrong password hunter22", timestamp: 1 } });
    break;
  case "silent":
    break;
  case "complete":
    end("completed");
    break;
  case "print":
    console.log("printed\nin two lines");
    console.error("complained");
    run();
    break;
  case "describe":
    post({
      type: "described",
      plugin: {
        name: "scripted",
        version: "1.2.3",
        description: "A script",
        delivery: "at-least-once",
        schemas: ["json"],
        configSchema: {
          type: "object",
          properties: { lives: { type: "array" }, journal: { type: "string" }, key: { type: "string", secret: true } },
        },
        effectiveDelivery: "at-least-once",
      },
    });
    post({
      type: "logs",
      lines: [{ level: "info", time: Date.now(), message: "hello", fields: { environment: process.env.MARK } }],
    });
    run();
    break;
  default:
    run();
}
