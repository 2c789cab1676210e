/** How often something happened, by stage and error code. Structured-cloneable. */
export interface LabelledCount {
  readonly stage: string;
  readonly code: string;
  readonly count: number;
}

/** Codes come from plugins, too: more series than this help nobody and would grow without bound. */
const MAX_SERIES = 100;
const OTHER = "other";

export class LabelledCounts {
  readonly #counts = new Map<string, { readonly stage: string; readonly code: string; count: number }>();

  /** Beyond the limit of series, new codes count together as `other`. */
  add(stage: string, code: string, count = 1): void {
    const known = this.#counts.get(keyOf(stage, code));
    if (known !== undefined) known.count += count;
    else if (this.#counts.size < MAX_SERIES || code === OTHER)
      this.#counts.set(keyOf(stage, code), { stage, code, count });
    else this.add(stage, OTHER, count);
  }

  snapshot(): LabelledCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}

export function addLabelledCounts(
  left: readonly LabelledCount[],
  right: readonly LabelledCount[],
): readonly LabelledCount[] {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const merged = new Map(left.map((entry) => [keyOf(entry.stage, entry.code), entry]));
  for (const { stage, code, count } of right) {
    const before = merged.get(keyOf(stage, code))?.count ?? 0;
    merged.set(keyOf(stage, code), { stage, code, count: before + count });
  }
  return [...merged.values()];
}

function keyOf(stage: string, code: string): string {
  return `${stage}\n${code}`;
}
