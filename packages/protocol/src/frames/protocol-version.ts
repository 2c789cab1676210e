/** The protocol number of the dialect `vsr`, 0.11.0: major·2²⁰ + minor·2¹⁰ + patch. */
export const PROTOCOL_VERSION = 11264;

/** The number a server's login gate compares: major and minor without the patch. */
export function majorMinor(version: number): number {
  return version >>> 10;
}

/** `11264` → `"0.11.0"`. */
export function formatVersion(version: number): string {
  return `${version >>> 20}.${(version >>> 10) & 0x3ff}.${version & 0x3ff}`;
}
