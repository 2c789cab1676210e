export * from "./framing.ts";
