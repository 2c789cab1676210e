import { ProtocolError } from "../errors.ts";
import { checkedFrameSize, expectHeader } from "./frame-size.ts";
import { COMMAND_AT, FRAME_COMMAND, HEADER_SIZE, readU128, SIZE_AT, writeU128 } from "./header-layout.ts";

/*
 * Eviction frame, 256 bytes, no body; what is not named is zero.
 *   48 u32  size (256)      128 u128 client            148 u32 lowest accepted protocol number  (reason 14 only)
 *   60 u8   command (13)    144 u32  highest accepted  255 u8  reason
 */
const CLIENT_AT = 128;
const MAXIMUM_VERSION_AT = 144;
const MINIMUM_VERSION_AT = 148;
const REASON_AT = 255;

/** Why a server ends a session, and the error code that official clients turn the reason into. */
export const EVICTION = {
  reserved: { reason: 0, code: 3 },
  noSession: { reason: 1, code: 40 },
  clientReleaseTooLow: { reason: 2, code: 3 },
  clientReleaseTooHigh: { reason: 3, code: 3 },
  invalidRequestOperation: { reason: 4, code: 3 },
  invalidRequestBody: { reason: 5, code: 3 },
  invalidRequestBodySize: { reason: 6, code: 3 },
  sessionTooLow: { reason: 7, code: 40 },
  sessionReleaseMismatch: { reason: 8, code: 40 },
  invalidCredentials: { reason: 9, code: 42 },
  invalidToken: { reason: 10, code: 53 },
  userInactive: { reason: 11, code: 40 },
  sessionError: { reason: 12, code: 40 },
  staleClient: { reason: 13, code: 30 },
  incompatibleProtocol: { reason: 14, code: 14003 },
  malformedLogin: { reason: 15, code: 4 },
} as const;

export type EvictionName = keyof typeof EVICTION;

const UNAUTHENTICATED = 40;

const BY_REASON: ReadonlyMap<number, { name: EvictionName; code: number }> = new Map(
  Object.entries(EVICTION).map(([name, { reason, code }]) => [reason, { name: name as EvictionName, code }]),
);

export interface Eviction {
  readonly client: bigint;
  readonly reason: number;
  /** Accepted window of protocol numbers; both 0 unless the reason is 14. */
  readonly maximumVersion: number;
  readonly minimumVersion: number;
}

/** Name of an eviction's reason and the error code it stands for; an unknown reason counts as unauthenticated (40). */
export function describeEviction(eviction: Eviction): { name: EvictionName | "unknown"; code: number } {
  const known = BY_REASON.get(eviction.reason);
  if (known === undefined) return { name: "unknown", code: UNAUTHENTICATED };
  const { minimumVersion, maximumVersion } = eviction;
  const window = minimumVersion > 0 && maximumVersion >= minimumVersion;
  if (known.name === "incompatibleProtocol" && !window) return { name: known.name, code: UNAUTHENTICATED };
  return known;
}

export function encodeEviction({ client, reason, maximumVersion, minimumVersion }: Eviction): Buffer {
  if (!Number.isInteger(reason) || reason < 0 || reason > 0xff) throw new ProtocolError(`no eviction reason ${reason}`);
  const frame = Buffer.alloc(HEADER_SIZE);
  frame.writeUInt32LE(HEADER_SIZE, SIZE_AT);
  frame[COMMAND_AT] = FRAME_COMMAND.eviction;
  writeU128(frame, client, CLIENT_AT);
  frame.writeUInt32LE(maximumVersion, MAXIMUM_VERSION_AT);
  frame.writeUInt32LE(minimumVersion, MINIMUM_VERSION_AT);
  frame[REASON_AT] = reason;
  return frame;
}

/** Throws {@link ProtocolError} when `frame` is not an eviction. */
export function decodeEviction(frame: Buffer): Eviction {
  expectHeader(frame, FRAME_COMMAND.eviction, "eviction");
  const size = checkedFrameSize(frame);
  if (size !== HEADER_SIZE) throw new ProtocolError(`an eviction has no body, its size is ${size}`, SIZE_AT);
  return {
    client: readU128(frame, CLIENT_AT),
    reason: frame[REASON_AT]!,
    maximumVersion: frame.readUInt32LE(MAXIMUM_VERSION_AT),
    minimumVersion: frame.readUInt32LE(MINIMUM_VERSION_AT),
  };
}
