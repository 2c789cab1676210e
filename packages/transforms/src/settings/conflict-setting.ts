import type { Path } from "@iggy-connectors/sdk";
import { EVERY } from "@iggy-connectors/sdk/internal";
import { z } from "zod";

const POLICIES = ["fail", "replace", "keep", "suffix"] as const;

/** What becomes of a value whose new name another value has. */
export type OnConflict = (typeof POLICIES)[number];

const MEANING =
  "fail: the message fails; replace: the new value replaces the other; keep: the other stays, and the new value is dropped; suffix: the new value is named with _2, or the first number that is free";

/** `on_conflict` of a step that may give a value the name of another. `what`: the conflict. */
export const conflictSetting = (fallback: OnConflict, what: string) =>
  z.enum(POLICIES).default(fallback).describe(`${what}. ${MEANING}`);

/** The path of a new value, if it can be set by this policy; else throws what `refuse` makes of the reason. */
export function targetPath(path: Path, policy: OnConflict, refuse: (reason: string) => Error): Path {
  if (policy === "suffix" && typeof path.segments.at(-1) !== "string") {
    throw refuse('must end with a name where on_conflict is "suffix"');
  }
  if ((policy === "suffix" || policy === "keep") && path.segments.includes(EVERY)) {
    throw refuse(`must not have [*] where on_conflict is "${policy}"`);
  }
  return path;
}
