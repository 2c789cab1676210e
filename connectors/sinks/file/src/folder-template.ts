import { join, resolve } from "node:path";
import type { PartitionRef } from "@iggy-connectors/sdk";

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = new Set(["stream", "topic", "partition"]);
/** Separators, what some file system refuses, and the escape itself, so that two names never give one folder. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come from outside and may hold any character.
const UNSAFE = /[/\\:*?"<>|%\u0000-\u001f]/g;

/** The first unknown placeholder of a template, for the error message. */
export function unknownPlaceholder(template: string): string | undefined {
  for (const [placeholder, name] of template.matchAll(PLACEHOLDER)) {
    if (!KNOWN.has(name as string)) return placeholder;
  }
  return undefined;
}

/** The folder of a partition. Names of streams and topics cannot lead out of the template's folder. */
export function partitionFolder(template: string, workingDirectory: string, ref: PartitionRef): string {
  const filled = template.replace(PLACEHOLDER, (_, name: string) => {
    if (name === "partition") return String(ref.partition);
    return safeName(name === "stream" ? ref.stream : ref.topic);
  });
  const folder = resolve(workingDirectory, filled);
  return template.includes("{partition}") ? folder : join(folder, String(ref.partition));
}

function safeName(name: string): string {
  const escaped = name.replace(UNSAFE, percentEncoded);
  return /^\.{1,2}$/.test(escaped) ? escaped.replaceAll(".", "%2E") : escaped;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
