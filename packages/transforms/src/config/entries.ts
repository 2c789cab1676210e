/** One transform as it is in the file, before its settings are validated. */
export interface Entry {
  readonly type: string;
  /** `transforms[0]` or `transforms.add_fields`. */
  readonly place: string;
  readonly enabled: boolean;
  readonly name: unknown;
  readonly onError: unknown;
  readonly when: unknown;
  /** All other keys: those of its type. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export type Table = Readonly<Record<string, unknown>>;
type Invalid = (key: string, message: string) => Error;

/** The entries of either form, in file order. `invalid` makes the error for a key. */
export function readEntries(config: unknown, invalid: Invalid): readonly Entry[] {
  if (config === undefined || config === null) return [];
  if (Array.isArray(config))
    return config.map((item: unknown, index) => readListed(item, `transforms[${index}]`, invalid));
  if (!isTable(config))
    throw invalid("transforms", "must be a list ([[transforms]]) or a table per type ([transforms.add_fields])");
  return Object.entries(config)
    .filter(([, table]) => table !== null)
    .map(([type, table]) => readNamed(type, table, invalid));
}

function readListed(item: unknown, place: string, invalid: Invalid): Entry {
  if (!isTable(item)) throw invalid(place, "must be a table with the key type");
  const { type, enabled = true, ...rest } = item;
  if (typeof type !== "string") throw invalid(`${place}.type`, 'must be the type of a transform, such as "add_fields"');
  return { type, place, enabled: readEnabled(enabled, place, invalid), ...splitCommon(rest) };
}

function readNamed(type: string, table: unknown, invalid: Invalid): Entry {
  const place = `transforms.${type}`;
  if (!isTable(table)) throw invalid(place, "must be a table");
  const { enabled, ...rest } = table;
  return { type, place, enabled: readEnabled(enabled, place, invalid), ...splitCommon(rest) };
}

function readEnabled(enabled: unknown, place: string, invalid: Invalid): boolean {
  if (typeof enabled !== "boolean") throw invalid(`${place}.enabled`, "is required and must be true or false");
  return enabled;
}

function splitCommon(rest: Table): Pick<Entry, "name" | "onError" | "when" | "settings"> {
  const { name, on_error: onError, when, ...settings } = rest;
  return { name, onError, when, settings };
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
