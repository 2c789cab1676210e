import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { isTable, type Table } from "./entries.ts";
import { isKnownKey } from "./known-keys.ts";

/** The settings that are secrets, by type. Listed here so that a configuration can be shown without loading all transforms; a test compares. */
export const SECRET_SETTINGS: ReadonlyMap<unknown, readonly string[]> = new Map([["hash_fields", ["key"]]]);

/**
 * A connector's `transforms`, in either form, with secret settings replaced by `SECRET_MASK`, and the values of unknown keys, too: one may
 * be a misspelt secret.
 */
export function maskTransforms(transforms: unknown): unknown {
  if (Array.isArray(transforms)) {
    return transforms.map((step: unknown) => (isTable(step) ? maskStep(step.type, step) : step));
  }
  if (!isTable(transforms)) return transforms;
  return Object.fromEntries(
    Object.entries(transforms).map(([type, step]) => [type, isTable(step) ? maskStep(type, step) : step]),
  );
}

/** The values of secret settings in `transforms`, such as the keys of hashes. */
export function transformSecrets(transforms: unknown): string[] {
  if (typeof transforms !== "object" || transforms === null) return [];
  return Object.entries(transforms).flatMap(([name, step]: [string, unknown]) => {
    if (!isTable(step)) return [];
    const secrets = SECRET_SETTINGS.get(Array.isArray(transforms) ? step.type : name) ?? [];
    return secrets.map((key) => step[key]).filter((value) => typeof value === "string");
  });
}

function maskStep(type: unknown, step: Table): Table {
  const secrets = SECRET_SETTINGS.get(type) ?? [];
  return Object.fromEntries(
    Object.entries(step).map(([key, value]) => [
      key,
      isKnownKey(type, key) && !secrets.includes(key) ? value : SECRET_MASK,
    ]),
  );
}
