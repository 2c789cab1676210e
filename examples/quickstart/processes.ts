import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const PRODUCER = fileURLToPath(new URL("../sample-data-producer.ts", import.meta.url));

/** A child in a process group of its own, so that Ctrl-C reaches only us and we end it when its time has come. */
export interface Companion {
  stop(): Promise<void>;
}

export interface EmbeddedServerProcess extends Companion {
  readonly address: string;
}

/** The embedded server on its usual port, or on a free one if that is taken. */
export async function startServer(path: string): Promise<EmbeddedServerProcess> {
  try {
    return await forkServer("127.0.0.1:8090", path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    return forkServer("127.0.0.1:0", path);
  }
}

async function forkServer(address: string, path: string): Promise<EmbeddedServerProcess> {
  const child = fork(CLI, ["server", "--address", address, "--path", path], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const listening = await new Promise<string>((resolve, reject) => {
    child.once("message", (message: { type: string; address?: string; code?: string; message?: string }) => {
      if (message.type === "listening") resolve(message.address ?? address);
      else reject(Object.assign(new Error(message.message), { code: message.code }));
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the embedded server ended with exit code ${code}`)));
  });
  return { address: listening, stop: () => end(child) };
}

/** Sends the sample records, in batches spread over some seconds so that one can watch them. */
export function startProducer(address: string): Companion {
  const child = fork(PRODUCER, {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { ...process.env, IGGY_ADDRESS: address, IGGY_BATCH_INTERVAL: process.env.IGGY_BATCH_INTERVAL ?? "250" },
  });
  return { stop: () => end(child) };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    // Closing the channel is the request to stop; it also reaches the child when we are killed.
    if (child.connected) child.disconnect();
    else child.kill("SIGTERM");
  });
}
