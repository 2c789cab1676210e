import { parseInitialOffset } from "@iggy-connectors/runtime/messages";
import { invalidPosition } from "../options.ts";
import type { ReadStart } from "./read-topic.ts";

/** `--from` of `consume`. Throws `CliError` (usage). */
export function parseStart(text: string): ReadStart {
  const [, before] = /^-(\d{1,15})$/.exec(text) ?? [];
  if (before !== undefined) return { kind: "before_end", messages: BigInt(before) };
  const start = parseInitialOffset(text);
  if (start === undefined) throw invalidPosition(text, "--from");
  return start;
}
