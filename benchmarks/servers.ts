import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));
const BUILT_CLI = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));

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

/** The connectors runtime on a configuration file, as a user would start it: from source, or as `npm run build` left it. */
export function startRuntimeProcess(
  config: string,
  built: boolean,
): { readonly child: ChildProcess; stop(): Promise<void> } {
  const child = fork(built ? BUILT_CLI : CLI, ["run", "--config", config], {
    execArgv: built ? [] : process.execArgv,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, RUST_LOG: "warn" },
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.once("exit", (code, signal) => {
    if (code !== 0 && signal === null) process.stderr.write(`${output}\nthe runtime ended with ${code}\n`);
  });
  return { child, stop: () => endProcess(child) };
}

export function endProcess(child: ChildProcess): Promise<void> {
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
