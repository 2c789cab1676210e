import { resolve } from "node:path";
import { formatLogLine } from "@iggy-connectors/runtime/log-format";
import { printable } from "@iggy-connectors/runtime/printable";
import {
  type EmbeddedServer,
  type FsyncPolicy,
  type Logger,
  readServerEnvironment,
  startServer,
} from "@iggy-connectors/server";
import { EXIT } from "./exit-codes.ts";

export interface ServerCommandOptions {
  readonly address?: string;
  readonly path?: string;
  readonly fsync?: FsyncPolicy;
  readonly json?: boolean;
}

/**
 * Runs the embedded server until SIGINT or SIGTERM, or, if started with an IPC channel, until its parent process ends.
 * The parent receives `{ type: "listening", address }` or `{ type: "failed", code, message }`. Resolves with the exit code.
 */
export async function runServer(options: ServerCommandOptions): Promise<number> {
  const log = logger(options.json === true ? "json" : "text");
  const ended = endOfService();
  let server: EmbeddedServer;
  let path: string;
  try {
    const { ignored, fsyncAlways, ...environment } = readServerEnvironment(process.env);
    if (ignored.length > 0) {
      log(
        "warn",
        `the embedded server does not know these variables of Iggy's and ignores them: ${ignored.join(", ")}`,
        {},
      );
    }
    path = resolve(options.path ?? environment.path ?? "local_data");
    server = await startServer({
      ...environment,
      address: options.address ?? environment.address ?? "127.0.0.1:8090",
      path,
      fsync: options.fsync ?? (fsyncAlways ? "always" : "topic"),
      logger: log,
    });
  } catch (error) {
    const { code = "IGC_IGGY_SERVER", message } = error as { code?: string; message: string };
    process.send?.({ type: "failed", code, message });
    process.stderr.write(`${printable(message)}\n`);
    return EXIT.failed;
  }
  log("info", `embedded Iggy server listening on ${server.address}, data in ${path}`, {});
  process.send?.({ type: "listening", address: server.address });
  await ended;
  await server.close();
  if (process.connected) process.disconnect?.();
  return EXIT.done;
}

function endOfService(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        done();
        // A second signal does not wait for the log to be closed: acknowledged messages are already on disk.
        process.once(signal, () => process.exit(EXIT.interrupted));
      });
    }
    process.once("disconnect", () => done());
  });
}

function logger(format: "text" | "json"): Logger {
  return (level, message, fields = {}) => {
    const line = { level, time: Date.now(), target: "iggy_server", message, fields };
    process.stdout.write(`${formatLogLine(line, { format })}\n`);
  };
}
