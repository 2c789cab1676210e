export * from "./batch/message-frames.ts";
export * from "./batch/outgoing-message.ts";
export * from "./errors.ts";
export * from "./values/headers.ts";
export * from "./values/identifiers.ts";
export * from "./values/resources.ts";
