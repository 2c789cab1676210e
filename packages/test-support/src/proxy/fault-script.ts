/** What happens to one frame on its way. */
export type Fault =
  /** It arrives later, and so does what follows. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** It arrives in pieces that end at these bytes. */
  | { readonly kind: "split"; readonly at: readonly number[] }
  /** It arrives twice. */
  | { readonly kind: "duplicate" }
  /** One byte arrives changed. */
  | { readonly kind: "corrupt"; readonly at: number; readonly mask: number }
  /** So many of its bytes arrive, then the connection is reset. */
  | { readonly kind: "cut"; readonly after: number }
  /** It never arrives, though the connection stays open. */
  | { readonly kind: "swallow" };

export type FaultKind = Fault["kind"];

export type FaultDirection = "request" | "reply";

/** Decides for one frame; nothing: it passes as it is. */
export type FaultScript = (direction: FaultDirection, frame: Buffer) => Fault | undefined;

export interface SeededFaults {
  readonly seed: number;
  /** The share of frames, 0 … 1, that each fault befalls. */
  readonly rates: Readonly<Partial<Record<FaultKind, number>>>;
  /** Default: both. */
  readonly directions?: readonly FaultDirection[];
  /** Default 20. */
  readonly longestDelay?: number;
}

/** Numbers in 0 … 1, the same for the same seed (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
}

/** Faults by chance, the same for the same seed and the same frames. */
export function seededFaults({ seed, rates, directions, longestDelay = 20 }: SeededFaults): FaultScript {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const kinds = Object.entries(rates) as [FaultKind, number][];
  return (direction, frame) => {
    if (directions !== undefined && !directions.includes(direction)) return undefined;
    let chance = random();
    for (const [kind, rate] of kinds) {
      chance -= rate;
      if (chance >= 0) continue;
      if (kind === "delay") return { kind, milliseconds: below(longestDelay + 1) };
      if (kind === "split") return { kind, at: [below(frame.length), below(frame.length)].sort((a, b) => a - b) };
      if (kind === "corrupt") return { kind, at: below(frame.length), mask: 1 + below(255) };
      if (kind === "cut") return { kind, after: below(frame.length) };
      return { kind };
    }
    return undefined;
  };
}
