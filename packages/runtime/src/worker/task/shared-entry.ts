import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import type { TaskCommand } from "../../shared/task/task-messages.ts";
import type { PluginReference, TaskSpec } from "../../shared/task/task-spec.ts";
import { toCrash } from "../../shared/workers/process-protocol.ts";
import type { SharedEvent, SharedMessage } from "../../shared/workers/shared-protocol.ts";
import { runTask } from "./runner.ts";

const port = parentPort;
if (port === null) throw new Error("a shared worker is a worker thread");
const post = (event: SharedEvent): void => port.postMessage(event);

/** Where the commands of each task go. */
const commands = new Map<number, (command: TaskCommand) => void>();

port.on("message", (message: SharedMessage) => {
  if (message.type === "command") commands.get(message.id)?.(message.command);
  else void run(message.id, message.spec);
});

async function run(id: number, spec: TaskSpec): Promise<void> {
  try {
    await runTask(
      { ...spec, plugin: currentVersion(spec.plugin) },
      {
        post: (event) => post({ type: "event", id, event }),
        onCommand: (listener) => commands.set(id, listener),
      },
    );
    post({ type: "done", id });
  } catch (error) {
    // What a hung plugin still does must end before its successor starts: that ends the whole worker.
    post({ type: "crashed", id, crash: toCrash(error) });
    setImmediate(() => process.exit(1));
  } finally {
    commands.delete(id);
  }
}

/** A thread keeps the modules it imported: in one that outlives its tasks a changed plugin needs another URL. */
function currentVersion(plugin: PluginReference): PluginReference {
  if (!plugin.url.startsWith("file:")) return plugin;
  const url = new URL(plugin.url);
  const changed = statSync(fileURLToPath(url), { throwIfNoEntry: false })?.mtimeMs;
  if (changed !== undefined) url.searchParams.set("changed", String(changed));
  return { ...plugin, url: url.href };
}
