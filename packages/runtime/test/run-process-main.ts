import { runProcess } from "../src/control/run-process.ts";

/** A runtime process whose workers follow scripts; tells its parent when it was asked to stop. */
process.on("SIGTERM", () => process.send?.("asked"));
process.exitCode = await runProcess({
  workerUrl: new URL("./supervisor/scripted-worker.ts", import.meta.url),
});
if (process.connected) process.disconnect?.();
