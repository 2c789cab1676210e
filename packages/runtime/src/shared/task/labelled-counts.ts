/** How often something happened, for one value of each label. Structured-cloneable. */
export type LabelledCount<Label extends string> = Readonly<Record<Label, string>> & { readonly count: number };

/** Counts of failed attempts and messages carry the stage and the error's code. */
export type FailureCount = LabelledCount<"stage" | "code">;

/** Codes and names come from plugins and configuration, too: more series than this would help nobody. */
const MAX_SERIES = 100;
const OTHER = "other";

/** Counts by labels. Beyond the limit of series, new values of the last label count together as `other`. */
export class LabelledCounts<Label extends string> {
  readonly #last: Label;
  readonly #counts = new Map<string, { readonly labels: Readonly<Record<Label, string>>; count: number }>();

  constructor(last: Label) {
    this.#last = last;
  }

  add(labels: Readonly<Record<Label, string>>, count = 1): void {
    const key = JSON.stringify(labels);
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += count;
    else if (this.#counts.size < MAX_SERIES || labels[this.#last] === OTHER) this.#counts.set(key, { labels, count });
    else this.add({ ...labels, [this.#last]: OTHER }, count);
  }

  snapshot(): LabelledCount<Label>[] {
    return [...this.#counts.values()].map(({ labels, count }) => ({ ...labels, count }));
  }
}

export function addLabelledCounts<Count extends LabelledCount<never>>(
  left: readonly Count[],
  right: readonly Count[],
): readonly Count[] {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const merged = new Map(left.map((entry) => [keyOf(entry), entry]));
  for (const entry of right) {
    const before = merged.get(keyOf(entry))?.count ?? 0;
    merged.set(keyOf(entry), { ...entry, count: before + entry.count });
  }
  return [...merged.values()];
}

function keyOf({ count, ...labels }: LabelledCount<never>): string {
  return JSON.stringify(labels);
}
