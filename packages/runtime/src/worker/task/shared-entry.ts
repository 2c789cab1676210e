import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TaskCommand } from "../../shared/task/task-messages.ts";
import type { PluginReference, TaskSpec } from "../../shared/task/task-spec.ts";
import type { SharedCommand, SharedEvent } from "../../shared/workers/shared-protocol.ts";
import { toCrash } from "../../shared/workers/worker-protocol.ts";
import { runTask } from "./runner.ts";
import { TaskCalls } from "./task-calls.ts";
import { openChannel } from "./thread-channel.ts";

const { marks, post, onCommand } = openChannel<undefined, SharedCommand, SharedEvent>();
const exit = process.exit.bind(process);

/** Where the commands of each task go. */
const commands = new Map<number, (command: TaskCommand) => void>();

onCommand((message) => {
  if (message.type === "command") commands.get(message.id)?.(message.command);
  else void run(message.id, message.spec);
});

async function run(id: number, spec: TaskSpec): Promise<void> {
  try {
    await runTask(
      { ...spec, plugin: currentVersion(spec.plugin) },
      {
        post: (event) => post({ type: "task", id, event }),
        onCommand: (listener) => commands.set(id, listener),
        calls: new TaskCalls(marks, String(id)),
      },
    );
    post({ type: "ended", id });
  } catch (error) {
    // What a hung plugin still does must end before its successor starts: that ends the whole worker.
    post({ type: "failed", id, crash: toCrash(error) });
    setImmediate(() => exit(1));
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
