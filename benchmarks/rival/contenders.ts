import { type ChildProcess, spawn } from "node:child_process";
import { endProcess, startRuntimeProcess } from "../servers.ts";

/** A runtime that is measured. */
export interface Contender {
  readonly name: "original" | "ours" | "ours, again (A/A)";
  start(config: string): RunningContender;
}

export interface RunningContender {
  readonly pid: number;
  /** Rejects when the process ends by itself. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

/** The original's binary at `path`. */
export function original(path: string): Contender {
  return {
    name: "original",
    start: (config) => {
      const child = spawn(path, {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, IGGY_CONNECTORS_CONFIG_PATH: config, RUST_LOG: "warn" },
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          output = (output + chunk.toString()).slice(-4000);
        });
      }
      return running(
        child,
        () => endProcess(child),
        () => output,
      );
    },
  };
}

/** Ours, from source or as `npm run build` left it. */
export function ours(name: "ours" | "ours, again (A/A)", built: boolean): Contender {
  return {
    name,
    start: (config) => {
      const { child, stop } = startRuntimeProcess(config, built);
      return running(child, stop, () => "");
    },
  };
}

function running(child: ChildProcess, stop: () => Promise<void>, output: () => string): RunningContender {
  const { pid } = child;
  if (pid === undefined) throw new Error("the process cannot be started");
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`the process ended by ${signal ?? code}\n${output()}`)));
  });
  ended.catch(() => {});
  return { pid, ended, stop };
}
