// `@iggy-connectors/runtime/runtime-file`: what a command needs to find a runtime, without the runtime.

export { iggyAccess } from "../../iggy/access.ts";
export { ConfigurationError } from "../problem.ts";
export { loadRuntimeConfig } from "./load.ts";
