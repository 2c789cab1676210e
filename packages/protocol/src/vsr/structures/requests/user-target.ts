import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Identifier } from "../../../values/identifiers.ts";
import { readIdentifier, writeIdentifier } from "../fields/identifier.ts";

/* user identifier */

export interface UserTarget {
  readonly user: Identifier;
}

export function writeUserTarget(writer: Writer, { user }: UserTarget): void {
  writeIdentifier(writer, user);
}

export function readUserTarget(reader: Reader): UserTarget {
  return { user: readIdentifier(reader) };
}
