export { ServerStartError } from "./errors.ts";
export type { Logger, LogLevel } from "./logger.ts";
export { type EmbeddedServer, type FsyncPolicy, type ServerOptions, startServer } from "./server.ts";
