/** An evaluation may take so many steps for one message; one that takes more is endless, or takes its size from the message. */
const MAX_STEPS = 1_000_000;

/** What one step costs. A unit is the time that a character of a string takes, or a copied element of an array. */
export const STEP = 32;

/** What one value costs where values are read as a whole. */
const NODE = 8;

const ELEMENT = 2;

/** Evaluations are synchronous: there is one at a time in a thread. */
let left = 0;

/** Starts the count for a message. */
export function startBudget(): void {
  left = MAX_STEPS * STEP;
}

export function spentSteps(): number {
  return MAX_STEPS - left / STEP;
}

/** Counts work before it is done, or where its size was not known, after it. Throws `Error` when it is more than a message may cost. */
export function charge(units: number): void {
  left -= units;
  // Not a number, too: what cannot be counted is refused.
  if (!(left >= 0)) throw new Error(`it takes more than ${MAX_STEPS} steps`);
}

/** Counts a string or an array that is read or copied. */
export function chargeFlat(value: unknown): void {
  if (typeof value === "string") charge(value.length);
  else if (Array.isArray(value)) charge(value.length * ELEMENT);
}

/** Counts a value with all that is in it. A part that occurs in several places counts in each. */
export function chargeDeep(value: unknown): void {
  charge(NODE);
  if (typeof value === "string") charge(value.length);
  else if (Array.isArray(value)) for (const item of value) chargeDeep(item);
  else if (typeof value === "object" && value !== null && !isFunction(value)) {
    for (const [key, member] of Object.entries(value)) {
      charge(key.length);
      chargeDeep(member);
    }
  }
}

/** Counts the elements of an array of arrays. */
export function chargeNested(value: readonly unknown[]): void {
  charge(value.length * NODE);
  for (const item of value) if (Array.isArray(item)) chargeNested(item);
}

/** Functions are objects that refer to their environment. */
function isFunction(value: object): boolean {
  return "_jsonata_lambda" in value || "_jsonata_function" in value;
}
