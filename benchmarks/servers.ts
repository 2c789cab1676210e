import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));

export interface ServerProcess {
  readonly address: string;
  stop(): Promise<void>;
}

/** The embedded server in a process of its own, so that its cost is not counted. */
export async function startServerProcess(path: string): Promise<ServerProcess> {
  const child = fork(CLI, ["server", "--address", "127.0.0.1:0", "--path", path], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.once("message", (message: { type: string; address?: string; message?: string }) => {
      if (message.type === "listening" && message.address !== undefined) resolve(message.address);
      else reject(new Error(message.message ?? "the embedded server did not start"));
    });
    child.once("exit", (code) => reject(new Error(`the embedded server ended with ${code}`)));
  });
  return { address, stop: () => endProcess(child) };
}

/** The connectors runtime on a configuration file, as a user would start it. */
export function startRuntimeProcess(config: string): { readonly child: ChildProcess; stop(): Promise<void> } {
  const child = fork(CLI, ["run", "--config", config], {
    execArgv: [...process.execArgv, ...(process.env.BENCH_ARGV?.split(" ") ?? [])],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, RUST_LOG: "warn" },
  });
  const echo = process.env.BENCH_ECHO !== undefined;
  let output = "";
  const keep = (chunk: Buffer): void => {
    if (echo) process.stderr.write(chunk);
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.once("exit", (code, signal) => {
    if (code !== 0 && signal === null) process.stderr.write(`${output}\nthe runtime ended with ${code}\n`);
  });
  return { child, stop: () => endProcess(child) };
}

function endProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
