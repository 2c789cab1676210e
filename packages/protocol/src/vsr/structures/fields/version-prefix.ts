import { PROTOCOL_VERSION } from "../../../frames/protocol-version.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import { readName, writeName } from "./name.ts";

/* version prefix of a login: protocol number u32, name (SDK name), name (SDK version) */

/** Who logs in and which protocol it speaks. */
export interface VersionPrefix {
  /** Protocol number, packed as {@link PROTOCOL_VERSION}. */
  readonly version: number;
  readonly sdkName: string;
  readonly sdkVersion: string;
}

/** This SDK. */
export const OURS: VersionPrefix = { version: PROTOCOL_VERSION, sdkName: "iggy-connectors", sdkVersion: "0.1.0" };

/** Writes the prefix; what is absent is this SDK's own. */
export function writeVersionPrefix(writer: Writer, prefix: Partial<VersionPrefix>): void {
  writer.u32(prefix.version ?? OURS.version);
  writeName(writer, prefix.sdkName ?? OURS.sdkName);
  writeName(writer, prefix.sdkVersion ?? OURS.sdkVersion);
}

/**
 * Reads the prefix alone: a server must judge the version before it reads the rest, which another version lays out
 * otherwise.
 */
export function readVersionPrefix(reader: Reader): VersionPrefix {
  return { version: reader.u32(), sdkName: readName(reader), sdkVersion: readName(reader) };
}
