import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pythonPackages } from "../python/python-packages.ts";

const PACKAGES = ["moto[s3]==5.1.22", "flask==3.1.3", "flask-cors==6.0.5"];
/** Serves until its standard input ends, so that it does not outlive the process that started it. */
const SCRIPT = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
`;

/**
 * An S3-compatible store that honours conditional writes: moto in a process of its own, or the one that `S3_URL` names
 * (with the environment's AWS credentials).
 */
export class S3Server implements AsyncDisposable {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly #process: ChildProcessWithoutNullStreams | undefined;

  private constructor(url: string, process_?: ChildProcessWithoutNullStreams) {
    this.url = url;
    this.#process = process_;
    const { AWS_ACCESS_KEY_ID = "test", AWS_SECRET_ACCESS_KEY = "test" } = process_ === undefined ? process.env : {};
    this.accessKeyId = AWS_ACCESS_KEY_ID;
    this.secretAccessKey = AWS_SECRET_ACCESS_KEY;
  }

  static async start(): Promise<S3Server> {
    const given = process.env.S3_URL;
    if (given !== undefined && given !== "") return new S3Server(given);
    const started = spawn("python3", ["-c", SCRIPT], {
      env: { ...process.env, PYTHONPATH: await pythonPackages(...PACKAGES) },
    });
    let errors = "";
    started.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-100_000);
    });
    const ended = once(started, "exit").then(([code]) => {
      throw new Error(`moto ended with ${code}:\n${errors}`);
    });
    const [port] = (await Promise.race([once(createInterface(started.stdout), "line"), ended])) as [string];
    ended.catch(() => undefined);
    return new S3Server(`http://127.0.0.1:${port}`, started);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process === undefined || this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }
}
