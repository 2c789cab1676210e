import { ProtocolError } from "@iggy-connectors/protocol";
import type { Work } from "./work.ts";

/**
 * Encodes a request; what cannot be encoded is refused with the name of the field, such as `partitioning.partition`.
 * @throws ProtocolError
 */
export function encodeOrName<Frame>(work: Work, encode: (work: Work) => Frame): Frame {
  try {
    return encode(work);
  } catch (error) {
    // A batch was checked when it was written.
    const fault = work.kind === "batch" ? undefined : findFault(work, encode);
    if (fault === undefined || !(error instanceof Error)) throw error;
    const { field, value } = fault;
    const what = value === undefined ? "is missing" : `cannot be encoded: ${error.message}`;
    throw new ProtocolError(`${field} ${what}`, undefined, codeOf(error));
  }
}

interface Fault {
  readonly field: string;
  readonly value: unknown;
}

/** The field that the encoder read last before it threw: the one it could not encode. */
function findFault(work: Work, encode: (work: Work) => unknown): Fault | undefined {
  let last: Fault | undefined;
  const watched = <Value>(value: Value, path: string): Value => {
    if (!isPlain(value)) return value;
    // A copy: a proxy may not answer otherwise than a frozen object does.
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as Value & object;
    return new Proxy(copy, {
      get(target, key, receiver) {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== "string" || typeof found === "function") return found;
        const field = path === "" ? key : `${path}.${key}`;
        last = { field: field.replace(/^(?:request|target)\./, ""), value: found };
        return watched(found, field);
      },
    });
  };
  try {
    encode(watched(work, ""));
    return undefined;
  } catch {
    return last;
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function codeOf(error: Error): number | undefined {
  return error instanceof ProtocolError ? error.code : undefined;
}
