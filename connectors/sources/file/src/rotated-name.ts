import { parse } from "node:path";

/** What rotation puts at the end of a name, or before its extension: `.1`, `-20260131`, `_2026-01-31T10`, `.old`. */
const ADDED = /^(?:[._-]?\d[\d.:TZ_-]*|[._-](?:old|bak|backup|prev|previous|last|orig|rotated|archived?))+$/i;
/** What most tools append: `.1`, `-20260131`, `.2026-01-31T10`. */
const NUMBERED = /^[.-]\d[\d.:T_-]*$/;
/** A counter, where 1 is the newest; longer digits are a date, where the largest is the newest. */
const COUNTER = /^(.*[.-])(\d{1,4})$/;

/** Whether a name is that of a rotated form of `base`, as far as names tell. `app-error.log` is not one of `app.log`. */
export function isRotationOf(name: string, base: string): boolean {
  if (name.startsWith(base) && ADDED.test(name.slice(base.length))) return true;
  const { name: stem, ext } = parse(base);
  if (ext === "" || !name.startsWith(stem) || !name.endsWith(ext)) return false;
  return name.length > base.length && ADDED.test(name.slice(stem.length, name.length - ext.length));
}

/** Whether a counter or a date is all that was appended, so that names alone tell which file came after which. */
export function isNumbered(name: string, base: string): boolean {
  return name.startsWith(base) && NUMBERED.test(name.slice(base.length));
}

/** Two files of one rotation have names that differ in their digits only. */
export function shapeOf(name: string): string {
  return name.replace(/[.:T_-]?\d[\d.:T_-]*/g, "#");
}

/** Older first. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [COUNTER.exec(a), COUNTER.exec(b)];
  if (left !== null && right !== null) return Number(right[2]) - Number(left[2]);
  if ((left === null) !== (right === null)) return left === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
