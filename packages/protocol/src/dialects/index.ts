export * from "./dialects.ts";
export * from "./framing.ts";
export { formatWindow, type VersionWindow } from "./versions.ts";
