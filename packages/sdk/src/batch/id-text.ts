const DIGITS = 32;

/** A message's id as the original writes it: 32 hexadecimal digits. */
export function idText(id: bigint): string {
  return id.toString(16).padStart(DIGITS, "0");
}
