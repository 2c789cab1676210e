import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a request has the API key. True for every request if no key is configured. */
export function authorised(given: string | string[] | undefined, key: string): boolean {
  return key === "" || (typeof given === "string" && sameText(given, key));
}

/** Compares in a time that does not reveal where, or by how much, the texts differ. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
