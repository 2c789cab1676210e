import { AsyncLocalStorage } from "node:async_hooks";
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

/** Where the commands of each task go. */
const commands = new Map<number, (command: TaskCommand) => void>();

/**
 * The task whose code runs, also behind timers, sockets and promises: when the thread ends, it is the one that threw or
 * exited.
 */
const current = new AsyncLocalStorage<number>();
process.on("exit", () => {
  const id = current.getStore();
  if (id !== undefined) post({ type: "ending", id });
});

onCommand((message) => {
  if (message.type === "environment") {
    Object.assign(process.env, Object.fromEntries(message.variables));
    return;
  }
  const { id } = message;
  if (message.type === "command") current.run(id, () => commands.get(id)?.(message.command));
  else void current.run(id, () => run(id, message.spec));
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
    // The control plane ends the thread when its other tasks have left it.
    post({ type: "failed", id, crash: toCrash(error) });
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
