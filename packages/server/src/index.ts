export type { ServerTls } from "./connections/listener.ts";
export { readServerEnvironment, type ServerEnvironment } from "./environment.ts";
export { ServerStartError } from "./errors.ts";
export type { Logger, LogLevel } from "./logger.ts";
export { type EmbeddedServer, type FsyncPolicy, type ServerOptions, startServer } from "./server.ts";
