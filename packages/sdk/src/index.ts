export * from "./contract/context.ts";
export * from "./contract/define.ts";
export * from "./contract/errors.ts";
export * from "./contract/message.ts";
export * from "./contract/schema.ts";
export * from "./contract/sink.ts";
export * from "./contract/source.ts";
