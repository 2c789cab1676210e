/** `poll_interval` becomes `pollInterval`. */
type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

/** The keys of `Shape` in camel case, with the types they have in `Value`. */
export type CamelCased<Shape, Value> = {
  [Key in keyof Shape & keyof Value & string as CamelCase<Key>]-?: Value[Key];
};

/** Picks the keys of a shape out of a configuration, and names them as the code does. */
export function camelCased<Shape extends object, Value extends object>(
  shape: Shape,
  value: Value,
): CamelCased<Shape, Value> {
  const entries = Object.keys(shape).map((key) => [camelCase(key), value[key as keyof Value]]);
  return Object.fromEntries(entries) as CamelCased<Shape, Value>;
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
