import { type ChildProcess, fork } from "node:child_process";

export interface KillableOptions {
  readonly arguments?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** A child process of ours that tests end politely or with SIGKILL, and whose output they can read. */
export class Killable implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  #output = "";

  constructor(entry: string, { arguments: arguments_ = [], environment = {} }: KillableOptions) {
    this.child = fork(entry, [...arguments_], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, NO_COLOR: "1", ...environment },
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
      this.child.once("error", reject);
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-1_000_000);
      });
    }
  }

  /** Standard output and standard error, the last million characters. */
  get output(): string {
    return this.#output;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves with the first message that `child.send` gives; rejects with the output when it ends before. */
  ready<Message>(): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.child.once("message", (message) => resolve(message as Message));
      this.exited.then((code) => reject(new Error(`ended with ${code} before it was ready:\n${this.#output}`)), reject);
    });
  }

  /** SIGKILL: nothing is finished, nothing is flushed. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  /** SIGTERM, and the exit code it ends with. */
  async stop(): Promise<number | NodeJS.Signals> {
    if (!this.ended) this.child.kill("SIGTERM");
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) await this.kill();
  }
}
