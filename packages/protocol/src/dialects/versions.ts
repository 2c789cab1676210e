import { formatVersion, majorMinor } from "../frames/protocol-version.ts";

/** Protocol numbers from `minimum` to `maximum`, both included; packed as `PROTOCOL_VERSION` is. */
export interface VersionWindow {
  readonly minimum: number;
  readonly maximum: number;
}

const PATCHES = 1 << 10;

/** Every patch of the version that `first` begins. */
export function everyPatch(first: number): VersionWindow {
  return { minimum: first, maximum: (majorMinor(first) + 1) * PATCHES - 1 };
}

export function includesVersion({ minimum, maximum }: VersionWindow, version: number): boolean {
  return version >= minimum && version <= maximum;
}

/** The lowest number that both windows include, or `undefined`. */
export function lowestCommon(one: VersionWindow, other: VersionWindow): number | undefined {
  const lowest = Math.max(one.minimum, other.minimum);
  return lowest <= Math.min(one.maximum, other.maximum) ? lowest : undefined;
}

/** `"0.12.2"`, `"0.11.x"` for all patches, or `"0.11.0 … 0.12.2"`. */
export function formatWindow({ minimum, maximum }: VersionWindow): string {
  if (minimum === maximum) return formatVersion(minimum);
  const all = everyPatch(majorMinor(minimum) * PATCHES);
  if (minimum === all.minimum && maximum === all.maximum) return formatVersion(minimum).replace(/\d+$/, "x");
  return `${formatVersion(minimum)} … ${formatVersion(maximum)}`;
}
