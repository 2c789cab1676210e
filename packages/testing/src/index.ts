export * from "./connectors/batch-of.ts";
export * from "./connectors/recording-context.ts";
export * from "./eventually.ts";
export * from "./free-port.ts";
export * from "./processes/iggy-process.ts";
export * from "./processes/killable.ts";
export * from "./processes/runtime-process.ts";
export * from "./temporary-folder.ts";
