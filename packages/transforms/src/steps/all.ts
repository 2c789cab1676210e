import type { TransformDefinition } from "../definition/transform.ts";
import { CATALOG } from "./catalog.ts";

/** Every transform of this version, loaded, by its type. Documentation and JSON Schema are generated from it. */
export const TRANSFORMS: ReadonlyMap<string, TransformDefinition> = new Map(
  await Promise.all(
    [...CATALOG].map(async ([type, { load }]): Promise<[string, TransformDefinition]> => [type, await load()]),
  ),
);
