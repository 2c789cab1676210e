import { LOG_LEVELS, type LogLevel } from "../../shared/task/task-spec.ts";
import { severity } from "./log-line.ts";

/** Decides which lines are written. Directives are those of `RUST_LOG`: `level` or `target=level`, separated by commas. */
export interface LogFilter {
  enabled(target: string, level: LogLevel): boolean;
  /** The lowest level that any directive lets through; `undefined` if everything is off. */
  readonly mostVerbose: LogLevel | undefined;
}

const OFF = LOG_LEVELS.length;

/**
 * Parses directives. The longest target that is a prefix of a line's target wins. If there are only directives with a
 * target, all other targets log errors only, as in the original. `unknown` has the directives that are invalid.
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
      // A target without a level enables all of its levels.
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
      mostVerbose: LOG_LEVELS[lowest],
    },
    unknown,
  };
}

function levelOf(word: string): number | undefined {
  const lower = word.toLowerCase();
  if (lower === "off") return OFF;
  const index = (LOG_LEVELS as readonly string[]).indexOf(lower === "warning" ? "warn" : lower);
  return index === -1 ? undefined : index;
}
