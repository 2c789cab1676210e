import type { LogLevel } from "../../shared/task/task-spec.ts";
import { LEVELS, severity } from "./log-line.ts";

/** Which lines are written. Directives as in `RUST_LOG`: `level` or `target=level`, separated by commas. */
export interface LogFilter {
  enabled(target: string, level: LogLevel): boolean;
  /** The level at which no directive lets anything through below; `undefined`: everything is off. */
  readonly mostVerbose: LogLevel | undefined;
}

const OFF = LEVELS.length;

/**
 * Reads directives; the longest target that is a prefix wins. Without a level for everything else only errors pass, as
 * in the original. Returns the texts it did not understand in `unknown`.
 */
export function parseFilter(text: string): { readonly filter: LogFilter; readonly unknown: readonly string[] } {
  const targets: { target: string; level: number }[] = [];
  const unknown: string[] = [];
  let common: number | undefined;
  for (const directive of text.split(",").map((part) => part.trim())) {
    if (directive === "") continue;
    const [, target, word] = /^(?:([\w:.-]+)=)?(\w+)$/.exec(directive) ?? [];
    const level = word === undefined ? undefined : levelOf(word);
    if (level === undefined) {
      // A target alone lets everything of it through.
      if (target === undefined && /^[\w:]+$/.test(directive) && directive.includes("::")) {
        targets.push({ target: directive, level: 0 });
      } else unknown.push(directive);
    } else if (target === undefined) common = level;
    else targets.push({ target, level });
  }
  const longestFirst = targets.sort((a, b) => b.target.length - a.target.length);
  const rest = common ?? (targets.length > 0 ? severity("error") : severity("info"));
  const lowest = Math.min(rest, ...targets.map(({ level }) => level));
  return {
    filter: {
      enabled(target, level) {
        const match = longestFirst.find((one) => target === one.target || target.startsWith(`${one.target}::`));
        return severity(level) >= (match?.level ?? rest);
      },
      mostVerbose: LEVELS[lowest],
    },
    unknown,
  };
}

function levelOf(word: string): number | undefined {
  const lower = word.toLowerCase();
  if (lower === "off") return OFF;
  const index = (LEVELS as readonly string[]).indexOf(lower === "warning" ? "warn" : lower);
  return index === -1 ? undefined : index;
}
