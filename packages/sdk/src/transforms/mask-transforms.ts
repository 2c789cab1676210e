import { SECRET_MASK } from "../config/mask-secrets.ts";
import { transformJsonSchema } from "./json-schema.ts";
import { TRANSFORMS } from "./registry.ts";

/** A connector's `transforms`, in either form, as it may be shown: settings that are secrets are replaced by `SECRET_MASK`. */
export function maskTransforms(transforms: unknown): unknown {
  if (Array.isArray(transforms)) {
    return transforms.map((step: unknown) => (isTable(step) ? maskStep(String(step.type), step) : step));
  }
  if (!isTable(transforms)) return transforms;
  return Object.fromEntries(
    Object.entries(transforms).map(([type, step]) => [type, isTable(step) ? maskStep(type, step) : step]),
  );
}

type Table = Readonly<Record<string, unknown>>;

function maskStep(type: string, step: Table): Table {
  if (!TRANSFORMS.has(type)) return step;
  const { properties = {} } = transformJsonSchema(type) as {
    properties?: Readonly<Record<string, { secret?: boolean }>>;
  };
  return Object.fromEntries(
    Object.entries(step).map(([key, value]) => [key, properties[key]?.secret === true ? SECRET_MASK : value]),
  );
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
