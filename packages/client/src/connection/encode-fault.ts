import { ProtocolError } from "@iggy-connectors/protocol";
import type { Work } from "./work.ts";

type Encode<Frame> = (work: Work) => Frame;

/** Values of which one encodes where the encoder takes any value of a kind. */
const SAMPLES: readonly unknown[] = [1, 1n, "sample", new Uint8Array(1), [], new Map()];

/** Fields that are looked at for the fault; each costs a few attempts to encode. */
const TRIED_FIELDS = 20;

/**
 * Encodes a request; what cannot be encoded is refused with the name of the field, such as `partitioning.partition`.
 * @throws ProtocolError
 */
export function encodeOrName<Frame>(work: Work, encode: Encode<Frame>): Frame {
  try {
    return encode(work);
  } catch (error) {
    // A batch was checked when it was written.
    if (work.kind === "batch" || !(error instanceof Error)) throw error;
    const fault = findFault(work, encode, error.message);
    if (fault === undefined) throw error;
    const what = fault.value === undefined ? "is missing" : `cannot be encoded: ${error.message}`;
    throw new ProtocolError(`${nameOf(fault.path)} ${what}`, undefined, codeOf(error));
  }
}

interface Field {
  readonly path: string;
  readonly value: unknown;
}

/**
 * The field that is at fault: with another value in its place, and everything else as it is, the request can be encoded. Where there are
 * several such faults none can, and it is one with whose change the encoder fails in another way.
 */
function findFault(work: Work, encode: Encode<unknown>, message: string): Field | undefined {
  const read = new Map<string, Field>();
  failureOf(work, encode, (field) => {
    read.delete(field.path);
    read.set(field.path, field);
    return field.value;
  });
  // The encoder stopped near the fault, and fields were read after what holds them.
  const tried = [...read.values()]
    .filter(({ value }) => !isPlain(value))
    .reverse()
    .slice(0, TRIED_FIELDS);
  const failures = tried.map(({ path }) =>
    SAMPLES.map((sample) => failureOf(work, encode, (field) => (field.path === path ? sample : field.value))),
  );
  const encodes = failures.findIndex((found) => found.includes(undefined));
  return tried[encodes >= 0 ? encodes : failures.findIndex((found) => found.some((one) => one !== message))];
}

/** Why encoding fails with what `see` makes of each field that is read; `undefined`: it does not. */
function failureOf(work: Work, encode: Encode<unknown>, see: (field: Field) => unknown): string | undefined {
  const seen = (value: unknown, path: string): unknown => {
    if (!isPlain(value)) return value;
    // A copy: a proxy may not answer otherwise than a frozen object does.
    const copy = Array.isArray(value) ? [...value] : { ...value };
    return new Proxy(copy, {
      get(target, key, receiver) {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== "string" || typeof found === "function") return found;
        const field = path === "" ? key : `${path}.${key}`;
        return seen(see({ path: field, value: found }), field);
      },
    });
  };
  try {
    encode(seen(work, "") as Work);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function nameOf(path: string): string {
  return path.replace(/^(?:request|target)\./, "");
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function codeOf(error: Error): number | undefined {
  return error instanceof ProtocolError ? error.code : undefined;
}
