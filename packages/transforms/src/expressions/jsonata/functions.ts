import { charge, chargeDeep, chargeFlat, STEP } from "./budget.ts";
import {
  chargeIntegerFormat,
  chargeIntegerParse,
  chargeNumberFormat,
  chargeTimeFormat,
  chargeTimeParse,
} from "./pictures.ts";

/** A function of the library. `length` and the parameters in its text are what partial application and `$map` go by. */
type Native = (this: Focus, ...args: unknown[]) => unknown;

interface Focus {
  readonly environment: { readonly timestamp: Date | null };
}

interface Definition {
  readonly implementation: Native;
}

/** Counts what a call takes beyond reading its strings and arrays once. */
type Work = (...args: readonly unknown[]) => void;

const READS_ALL: Work = (value) => chargeDeep(value);

const FUNCTIONS: Readonly<Record<string, Work | undefined>> = {
  ...onlyFlat("sum count max min average substring substringBefore substringAfter lowercase uppercase length trim"),
  ...onlyFlat("match contains replace split formatBase number floor ceil round abs sqrt power random"),
  ...onlyFlat("map zip filter single reduce lookup append exists reverse error assert type shuffle"),
  ...onlyFlat("base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl"),
  string: READS_ALL,
  clone: READS_ALL,
  keys: READS_ALL,
  merge: READS_ALL,
  boolean: READS_ALL,
  not: READS_ALL,
  each: READS_ALL,
  sift: READS_ALL,
  /** Copies what it has for each element. */
  spread(value) {
    chargeDeep(value);
    if (Array.isArray(value)) charge(value.length ** 2 / 16);
  },
  /** Compares each element with all that it has. */
  distinct(values) {
    if (!Array.isArray(values)) return;
    chargeDeep(values);
    for (const value of values) charge(values.length * (typeof value === "object" ? 8 : 1 / 4));
    for (const value of values) if (typeof value === "string") charge((values.length * value.length) / 64);
  },
  /** Copies the rest of an array for each element. */
  sort(values) {
    if (Array.isArray(values)) charge(values.length ** 2 / 16);
  },
  pad(_text, width, character) {
    const characters = typeof character === "string" ? character.length : 1;
    charge(2 * (Math.abs(width as number) || 0) * Math.max(characters, 1));
  },
  join(texts, separator) {
    if (!Array.isArray(texts)) return;
    if (typeof separator === "string") charge(texts.length * separator.length);
    for (const text of texts) chargeFlat(text);
  },
  formatNumber: chargeNumberFormat,
  formatInteger: (_value, picture) => chargeIntegerFormat(picture),
  parseInteger: chargeIntegerParse,
  fromMillis: (_millis, picture) => chargeTimeFormat(picture),
  toMillis: chargeTimeParse,
  /** Parses an expression. */
  eval(source) {
    if (typeof source !== "string") return;
    refuseHooks(source);
    charge(source.length * 8);
  },
};

function onlyFlat(names: string): Record<string, undefined> {
  return Object.fromEntries(names.split(" ").map((name) => [name, undefined]));
}

/** The library calls variables of such names before and after each step. */
const HOOKS = "__evaluate_";
export const BEFORE_STEP = `${HOOKS}entry`;
export const AFTER_STEP = `${HOOKS}exit`;

/** Throws `Error` if an expression could end the count of its steps. */
export function refuseHooks(source: string): void {
  if (source.includes(HOOKS)) throw new Error(`names that start with "${HOOKS}" are reserved`);
}

type Compile = (source: string) => { evaluate(input: unknown): unknown };

let counted: ReadonlyMap<string, object> | undefined;

/** The functions of the library that do more than a constant number of steps, each counting its work before it does it. */
export function countedFunctions(compile: Compile): ReadonlyMap<string, object> {
  if (counted !== undefined) return counted;
  const functions = new Map<string, object>();
  for (const [name, work] of Object.entries(FUNCTIONS)) {
    const definition = compile(`$${name}`).evaluate(undefined) as Definition;
    functions.set(name, { ...definition, implementation: count(definition.implementation, work) });
  }
  counted = functions;
  return functions;
}

/** `$now`, which the library defines for each expression. A partial application does not know when its evaluation started. */
export function now(this: Focus, picture: unknown, timezone: unknown): unknown {
  const { implementation } = counted!.get("fromMillis") as Definition;
  const { timestamp } = this.environment;
  return implementation.call(this, (timestamp ?? new Date()).getTime(), picture, timezone);
}

function count(native: Native, work: Work | undefined): Native {
  const implementation: Native = function (...args) {
    charge(STEP);
    for (const arg of args) chargeFlat(arg);
    work?.(...args);
    const result = native.apply(this, args);
    if (isGenerator(result)) return counting(result);
    chargeFlat(result);
    return result;
  };
  return Object.defineProperties(implementation, {
    length: { value: native.length },
    toString: { value: () => native.toString() },
  });
}

function* counting(steps: Generator): Generator {
  const result: unknown = yield* steps;
  chargeFlat(result);
  return result;
}

function isGenerator(value: unknown): value is Generator {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "next" in value;
}
