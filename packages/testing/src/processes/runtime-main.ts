import { runProcess } from "@iggy-connectors/runtime";

const [configPath] = process.argv.slice(2);
if (configPath === undefined) throw new Error("usage: runtime-main <config>");
process.exitCode = await runProcess({ configPath });
if (process.connected) process.disconnect?.();
