import { numberText, stringifyJson } from "@iggy-connectors/sdk";
import { compareNumbers, isMultipleOf, numberKey } from "@iggy-connectors/sdk/internal";
import type { Ajv, ErrorObject, KeywordDefinition, ValidateFunction } from "ajv";
import type { NumberViews } from "./number-views.ts";

type Place = Parameters<ValidateFunction>[1];
interface Keyword {
  readonly keyword: string;
  readonly type?: "number" | "array";
  readonly schemaType?: "number" | "array" | "boolean";
}

type Parent = Readonly<Record<string, unknown>>;

/** Tests a value; what it returns is the demand that is not met. */
type Test = (data: unknown, place: Place) => { message: string; params: object } | undefined;

/** The words of a limit, and whether a number may be on this side of it: negative below, 0 at it. */
const LIMITS: Readonly<Record<string, readonly [words: string, allows: (order: number) => boolean]>> = {
  maximum: ["<=", (order) => order <= 0],
  minimum: [">=", (order) => order >= 0],
  exclusiveMaximum: ["<", (order) => order < 0],
  exclusiveMinimum: [">", (order) => order > 0],
};

/** In draft 4, by which keyword of true a limit becomes an exclusive one. */
const EXCLUSIVE: Readonly<Record<string, string>> = { maximum: "exclusiveMaximum", minimum: "exclusiveMinimum" };

/** Multiples of decimals: of 0.1 and 0.3, division of doubles knows nothing. */
export function divideExactly(ajv: Ajv, views: NumberViews): void {
  replace(ajv, { keyword: "multipleOf", type: "number", schemaType: "number" }, (divisor: number, parent) => {
    const by = views.textAt(parent, "multipleOf") ?? "";
    const failure = { message: `must be multiple of ${by}`, params: { multipleOf: by } };
    return (data, place) => {
      const fast = Number.isSafeInteger(data) && Number.isSafeInteger(divisor) && divisor !== 0;
      const isMultiple = fast ? (data as number) % divisor === 0 : isMultipleOf(textOf(place, views) ?? "", by);
      return isMultiple ? undefined : failure;
    };
  });
}

/** Comparisons of numbers of which doubles are a part, in values that are views. */
export function compareExactly(ajv: Ajv, views: NumberViews, dialect: string): void {
  for (const keyword of Object.keys(dialect === "draft-04" ? EXCLUSIVE : LIMITS)) {
    replace(ajv, { keyword, type: "number", schemaType: "number" }, (_limit, parent) => {
      const limit = views.textAt(parent, keyword) ?? "";
      const [words, allows] = LIMITS[parent[EXCLUSIVE[keyword] ?? ""] === true ? EXCLUSIVE[keyword]! : keyword]!;
      const failure = { message: `must be ${words} ${limit}`, params: { comparison: words, limit } };
      return (data, place) => {
        const text = textOf(place, views);
        const order = text === undefined ? Number(data) - Number(limit) : compareNumbers(text, limit);
        return allows(order) ? undefined : failure;
      };
    });
  }
  replace(ajv, { keyword: "const" }, (_constant, parent) => {
    const expected = keyOf(views.originalOf(parent), "const");
    const failure = { message: "must be equal to constant", params: {} };
    return (data, place) => (dataKey(data, place, views) === expected ? undefined : failure);
  });
  replace(ajv, { keyword: "enum", schemaType: "array" }, (_values, parent) => {
    const allowedValues = (views.originalOf(parent) as { enum: unknown[] }).enum;
    const expected = new Set(allowedValues.map((_, index) => keyOf(allowedValues, index)));
    const failure = { message: "must be equal to one of the allowed values", params: { allowedValues } };
    return (data, place) => (expected.has(dataKey(data, place, views)) ? undefined : failure);
  });
  replace(ajv, { keyword: "uniqueItems", type: "array", schemaType: "boolean" }, (unique) => (data) => {
    if (unique !== true) return undefined;
    const items = views.originalOf(data as unknown[]) as readonly unknown[];
    const known = new Map<string, number>();
    for (let i = 0; i < items.length; i++) {
      const key = keyOf(items, i);
      const j = known.get(key);
      const message = `must NOT have duplicate items (items ## ${j} and ${i} are identical)`;
      if (j !== undefined) return { message, params: { i, j } };
      known.set(key, i);
    }
    return undefined;
  });
}

/** Lets a keyword be tested by a function of ours. */
function replace<S>(ajv: Ajv, keyword: Keyword, create: (schema: S, parent: Parent) => Test): void {
  ajv.removeKeyword(keyword.keyword);
  ajv.addKeyword({
    ...keyword,
    errors: true,
    compile(schema: S, parent: Parent) {
      const test = create(schema, parent);
      const validate = (data: unknown, place?: Place): boolean => {
        const failure = test(data, place);
        validate.errors = failure === undefined ? [] : [{ keyword: keyword.keyword, ...failure }];
        return failure === undefined;
      };
      validate.errors = [] as Partial<ErrorObject>[];
      return validate;
    },
  } as KeywordDefinition);
}

function textOf(place: Place, views: NumberViews): string | undefined {
  return place === undefined ? undefined : views.textAt(place.parentData, place.parentDataProperty);
}

function dataKey(data: unknown, place: Place, views: NumberViews): string {
  // A name (propertyNames) is in nothing.
  return typeof data === "string" || place === undefined
    ? keyOf([data], 0)
    : keyOf(views.originalOf(place.parentData), place.parentDataProperty);
}

/** A text that only equal values share: numbers count with all digits, the order of members does not. */
function keyOf(holder: object, key: string | number): string {
  const value = (holder as Readonly<Record<string | number, unknown>>)[key];
  const text = numberText(holder, key);
  if (text !== undefined) return numberKey(text) ?? text;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? stringifyJson(value) : String(value);
  if (Array.isArray(value)) return `[${value.map((_, index) => keyOf(value, index)).join(",")}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${stringifyJson(name)}:${keyOf(value, name)}`).join(",")}}`;
}
