import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/**
 * Ids of the messages of a delivery that names itself: the same path, name and position give the same id, so that a repeated
 * delivery is recognisable. `undefined`: it has no name, and Iggy's client gives random ids.
 */
export function deliveryIds(
  path: string,
  headers: IncomingHttpHeaders,
  names: readonly string[],
): ((index: number) => bigint) | undefined {
  for (const name of names) {
    const value = headers[name];
    if (typeof value !== "string" || value === "") continue;
    const delivery = createHash("sha256")
      .update(JSON.stringify([path, name, value]))
      .digest();
    return (index) => {
      const hash = createHash("sha256").update(delivery).update(String(index)).digest();
      // Never 0, which means "no id".
      return hash.readBigUInt64BE(0) * 2n ** 64n + (hash.readBigUInt64BE(8) | 1n);
    };
  }
  return undefined;
}
