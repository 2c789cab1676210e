import { z } from "zod";
import { type ConfigIssue, describeIssues, formatIssues } from "../config/issues.ts";
import { suggest } from "../config/suggest.ts";
import { FatalError } from "../contract/errors.ts";
import { type Entry, readEntries } from "./entries.ts";
import { type OnError, TransformPlan, type TransformStep } from "./plan.ts";
import { TRANSFORMS, UNSUPPORTED_TYPES } from "./registry.ts";
import type { TransformDefinition } from "./transform.ts";

export interface CompileOptions {
  /** The file or section that errors name. */
  readonly place?: string;
  /** The known types; for tests and for transforms of one's own. Default: all of this version. */
  readonly transforms?: ReadonlyMap<string, TransformDefinition>;
}

const ON_ERROR: readonly OnError[] = ["dead_letter", "skip", "stop"];

/**
 * Reads a connector's `transforms`: the ordered list `[[transforms]]`, or the original's table form in file order (where
 * `enabled` is required in each table). Throws `FatalError` with code `IGC_CONFIG_TRANSFORM_UNKNOWN`,
 * `IGC_CONFIG_TRANSFORM_UNSUPPORTED` or `IGC_CONFIG_TRANSFORM_INVALID` that names the transform, its position and the key.
 */
export function compileTransforms(config: unknown, options: CompileOptions = {}): TransformPlan {
  const known = options.transforms ?? TRANSFORMS;
  const warnings: ConfigIssue[] = [];
  const steps: TransformStep[] = [];
  const names = new Set<string>();
  for (const entry of readEntries(config, (key, message) => invalid(options, key, message))) {
    const definition = known.get(entry.type) ?? refuseUnknown(entry, known, options);
    if (!entry.enabled || definition === undefined) continue;
    steps.push(compileStep(entry, definition, names, options));
    warnings.push(...unknownKeys(entry, definition));
  }
  return new TransformPlan(steps, warnings);
}

/** Returns for a disabled type of the original, which is skipped; throws for everything else. */
function refuseUnknown(entry: Entry, known: ReadonlyMap<string, unknown>, options: CompileOptions): undefined {
  const types = [...known.keys()];
  if (UNSUPPORTED_TYPES.has(entry.type)) {
    if (!entry.enabled) return undefined;
    throw new FatalError(`transform ${entry.type} is not supported in this version`, {
      code: "IGC_CONFIG_TRANSFORM_UNSUPPORTED",
      place: placeOf(options, entry.place),
      fix: `disable it; supported are ${types.join(", ")}`,
    });
  }
  const near = suggest(entry.type, [...types, ...UNSUPPORTED_TYPES]);
  throw new FatalError(`there is no transform ${JSON.stringify(entry.type)}`, {
    code: "IGC_CONFIG_TRANSFORM_UNKNOWN",
    place: placeOf(options, entry.place),
    fix: `${near === undefined ? "" : `did you mean ${near}? `}known are ${types.join(", ")}`,
  });
}

function compileStep(
  entry: Entry,
  definition: TransformDefinition,
  names: Set<string>,
  options: CompileOptions,
): TransformStep {
  const { type, place } = entry;
  if (entry.when !== undefined)
    throw invalid(options, `${place}.when`, "conditions are not supported in this version: remove the key");
  const onError = ON_ERROR.find((policy) => policy === entry.onError);
  if (entry.onError !== undefined && onError === undefined) {
    throw invalid(options, `${place}.on_error`, `must be one of ${ON_ERROR.join(", ")}`);
  }
  if (entry.name !== undefined && (typeof entry.name !== "string" || entry.name === "")) {
    throw invalid(options, `${place}.name`, "must be a text that is not empty");
  }
  if (entry.name !== undefined && names.has(entry.name)) {
    throw invalid(
      options,
      `${place}.name`,
      `${JSON.stringify(entry.name)} is the name of another transform: choose a different one`,
    );
  }
  const name = entry.name ?? freeName(type, names);
  names.add(name);
  const result = definition.settings.safeParse(entry.settings);
  if (!result.success) {
    const issues = describeIssues(result.error.issues).map(({ key, message }) => ({
      key: key === "" ? place : `${place}.${key}`,
      message,
    }));
    throw new FatalError(`the settings of transform ${named(type, name)} are not valid:\n${formatIssues(issues)}`, {
      code: "IGC_CONFIG_TRANSFORM_INVALID",
      place: placeOf(options, issues[0]?.key ?? place),
      fix: "correct the keys named above",
    });
  }
  return { name, type, onError, transform: definition.create(result.data) };
}

function freeName(type: string, names: ReadonlySet<string>): string {
  let name = type;
  for (let number = 2; names.has(name); number++) name = `${type}_${number}`;
  return name;
}

/** The original ignores unknown keys, so its files must load; they are worth a warning all the same. */
function unknownKeys(entry: Entry, definition: TransformDefinition): ConfigIssue[] {
  const { properties } = z.toJSONSchema(definition.settings, { io: "input" });
  if (properties === undefined) return [];
  const known = Object.keys(properties);
  return Object.keys(entry.settings)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = suggest(key, known);
      return {
        key: `${entry.place}.${key}`,
        message: `unknown key of transform ${entry.type}${near === undefined ? "" : `: did you mean ${near}?`}`,
      };
    });
}

function invalid(options: CompileOptions, key: string, message: string): FatalError {
  return new FatalError(`${key}: ${message}`, {
    code: "IGC_CONFIG_TRANSFORM_INVALID",
    place: placeOf(options, key),
    fix: "correct this key",
  });
}

function placeOf(options: CompileOptions, key: string): string {
  return options.place === undefined ? key : `${options.place}: ${key}`;
}

function named(type: string, name: string): string {
  return name === type ? type : `${type} (${JSON.stringify(name)})`;
}
