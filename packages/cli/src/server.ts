import { resolve } from "node:path";
import { type EmbeddedServer, type FsyncPolicy, startServer } from "@iggy-connectors/server";
import { EXIT } from "./exit-codes.ts";

export interface ServerCommandOptions {
  readonly address?: string;
  readonly path?: string;
  readonly fsync?: FsyncPolicy;
  readonly json?: boolean;
}

/**
 * `iggy-connectors server`: runs until SIGINT, SIGTERM, or, when started with an IPC channel, until its parent is gone.
 * A parent is told `{ type: "listening", address }` or `{ type: "failed", code, message }`.
 */
export async function runServer(options: ServerCommandOptions): Promise<number> {
  const log = options.json === true ? logJson : logText;
  const address = options.address ?? nonEmpty(process.env.IGGY_TCP_ADDRESS) ?? "127.0.0.1:8090";
  const path = resolve(options.path ?? nonEmpty(process.env.IGGY_SYSTEM_PATH) ?? "local_data");
  const ended = endOfService();
  let server: EmbeddedServer;
  try {
    server = await startServer({
      address,
      path,
      rootUsername: nonEmpty(process.env.IGGY_ROOT_USERNAME) ?? "iggy",
      rootPassword: nonEmpty(process.env.IGGY_ROOT_PASSWORD) ?? "iggy",
      fsync: options.fsync ?? (process.env.IGGY_SYSTEM_PARTITION_ENFORCE_FSYNC === "true" ? "always" : "topic"),
      logger: log,
    });
  } catch (error) {
    const { code = "IGC_IGGY_SERVER", message } = error as { code?: string; message: string };
    process.send?.({ type: "failed", code, message });
    process.stderr.write(`${message}\n`);
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
        // A second signal does not wait for the log to be closed; what was acknowledged is on disk already.
        process.once(signal, () => process.exit(EXIT.interrupted));
      });
    }
    process.once("disconnect", () => done());
  });
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function logText(level: string, message: string, fields: Record<string, unknown> = {}): void {
  const details = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
  );
  process.stdout.write(
    `${new Date().toISOString()} ${level.toUpperCase().padStart(5)} iggy_server: ${message}${details.join("")}\n`,
  );
}

function logJson(level: string, message: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level: level.toUpperCase(), target: "iggy_server", fields: { message, ...fields } })}\n`,
  );
}
