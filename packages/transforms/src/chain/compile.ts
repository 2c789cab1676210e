import { ConnectorError, FatalError } from "@iggy-connectors/sdk";
import { type ConfigIssue, describeIssues, formatIssues, suggest } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { type Entry, readEntries } from "../config/entries.ts";
import { resolvePath } from "../config/resolve-path.ts";
import type { Expression, TransformContext } from "../definition/context.ts";
import type { TransformDefinition } from "../definition/transform.ts";
import { CATALOG } from "../steps/catalog.ts";
import { type OnError, TransformPlan, type TransformStep } from "./transform-plan.ts";

export interface CompileOptions {
  /** The file or section, for errors. */
  readonly place?: string;
  /** The types that can be used; for tests, and for custom transforms. Default: all types of this version. */
  readonly transforms?: ReadonlyMap<string, TransformDefinition>;
  /** Which side of Iggy the connector is on: some transforms work only on one. */
  readonly connector?: "sink" | "source";
  /** Names of the connector's `[[streams]]` entries. */
  readonly targets?: readonly string[];
  /** Folders in which relative paths are looked up, in this order; default: the working directory. */
  readonly directories?: readonly string[];
  /** Imports the module at an absolute path, for `script`. Absent: scripts cannot be used. */
  readonly loadModule?: (path: string) => Promise<Readonly<Record<string, unknown>>>;
}

const ON_ERROR: readonly OnError[] = ["dead_letter", "skip", "stop"];

/**
 * Compiles a connector's `transforms`: the ordered list `[[transforms]]`, or the original's table form in file order (where
 * `enabled` is required in each table). Steps, libraries, schemas and scripts are loaded here, and only those that the chain needs;
 * the resulting plan is synchronous. Rejects with `FatalError` `IGC_CONFIG_TRANSFORM_UNKNOWN` or
 * `IGC_CONFIG_TRANSFORM_INVALID` that names the transform, its position and the key.
 */
export async function compileTransforms(config: unknown, options: CompileOptions = {}): Promise<TransformPlan> {
  const { transforms } = options;
  const types = transforms ?? CATALOG;
  const warnings: ConfigIssue[] = [];
  const steps: TransformStep[] = [];
  const names = new Set<string>();
  for (const entry of readEntries(config, (key, message) => invalid(options, key, message))) {
    const definition = transforms === undefined ? await CATALOG.get(entry.type)?.load() : transforms.get(entry.type);
    if (definition === undefined) throw unknownType(entry, types, options);
    if (!entry.enabled) continue;
    steps.push(await compileStep(entry, definition, names, options));
    warnings.push(...unknownKeys(entry, definition));
  }
  return new TransformPlan(steps, warnings);
}

function unknownType(entry: Entry, known: ReadonlyMap<string, unknown>, options: CompileOptions): FatalError {
  const types = [...known.keys()];
  const near = suggest(entry.type, types);
  return new FatalError(`no such transform: ${JSON.stringify(entry.type)}`, {
    code: "IGC_CONFIG_TRANSFORM_UNKNOWN",
    place: placeOf(options, entry.place),
    fix: `${near === undefined ? "" : `did you mean ${near}? `}the types are ${types.join(", ")}`,
  });
}

async function compileStep(
  entry: Entry,
  definition: TransformDefinition,
  names: Set<string>,
  options: CompileOptions,
): Promise<TransformStep> {
  const { type, place } = entry;
  const onError = ON_ERROR.find((policy) => policy === entry.onError);
  if (entry.onError !== undefined && onError === undefined) {
    throw invalid(options, `${place}.on_error`, `must be one of ${ON_ERROR.join(", ")}`);
  }
  if (entry.when !== undefined && (typeof entry.when !== "string" || entry.when === "")) {
    throw invalid(options, `${place}.when`, "must be a string with a CEL expression");
  }
  const name = nameOf(entry, names, options);
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
  const context = contextOf(entry, name, options);
  const when = entry.when === undefined ? undefined : await context.expression(entry.when, "when");
  let transform: TransformStep["transform"];
  try {
    transform = await definition.create(result.data, context);
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw invalid(
      options,
      place,
      `transform ${named(type, name)}: ${error instanceof Error ? error.message : error}`,
      error,
    );
  }
  return { name, type, place, onError, ...(when === undefined ? {} : { when }), transform };
}

function contextOf({ place }: Entry, name: string, options: CompileOptions): TransformContext {
  const problem = (key: string, message: string, cause?: unknown): FatalError =>
    invalid(options, `${place}.${key}`, message, cause);
  return {
    name,
    connector: options.connector,
    targets: options.targets,
    directories: options.directories ?? ["."],
    resolve: (path) => resolvePath(path, options.directories ?? ["."]),
    async loadModule(path) {
      if (options.loadModule === undefined) throw problem("path", "scripts cannot be used here");
      return options.loadModule(path);
    },
    async expression(source, key): Promise<Expression> {
      const { compileExpression } = await import("../expressions/cel.ts");
      try {
        return await compileExpression(source);
      } catch (error) {
        throw problem(key, `is not a CEL expression: ${error instanceof Error ? error.message : error}`, error);
      }
    },
    invalid: problem,
  };
}

function nameOf({ name, type, place }: Entry, names: Set<string>, options: CompileOptions): string {
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw invalid(options, `${place}.name`, "must be a non-empty string");
  }
  if (name !== undefined && names.has(name)) {
    throw invalid(options, `${place}.name`, `${JSON.stringify(name)} is already the name of another transform`);
  }
  const chosen = name ?? freeName(type, names);
  names.add(chosen);
  return chosen;
}

function freeName(type: string, names: ReadonlySet<string>): string {
  let name = type;
  for (let number = 2; names.has(name); number++) name = `${type}_${number}`;
  return name;
}

/** Unknown keys are warnings, not errors: the original ignores them, and its files have to load. */
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

function invalid(options: CompileOptions, key: string, message: string, cause?: unknown): FatalError {
  return new FatalError(`${key}: ${message}`, {
    code: "IGC_CONFIG_TRANSFORM_INVALID",
    place: placeOf(options, key),
    fix: "correct this key",
    ...(cause === undefined ? {} : { cause }),
  });
}

function placeOf(options: CompileOptions, key: string): string {
  return options.place === undefined ? key : `${options.place}: ${key}`;
}

function named(type: string, name: string): string {
  return name === type ? type : `${type} (${JSON.stringify(name)})`;
}
