import { readdirSync, readFileSync } from "node:fs";
import type { HeaderEntry, HeaderKind, HeaderValue, Identifier, Options } from "@iggy-connectors/protocol";

/** Folders of recordings. */
export const SERVERS = ["0.9.0", "0.9.0-edge.5"] as const;
type Server = (typeof SERVERS)[number];

export interface Fixture {
  /** The server version that was recorded; both speak the dialect `vsr`. */
  readonly server: Server;
  readonly file: string;
  readonly request: Buffer | undefined;
  readonly response: Buffer;
  readonly requestHeader: FixtureRequestHeader | undefined;
  readonly requestBody: unknown;
  readonly responseHeader: FixtureReplyHeader;
  readonly responseBody: unknown;
  /** Error code in the result section, if there is one. */
  readonly result: number | undefined;
}

interface FixtureRequestHeader {
  readonly size: number;
  readonly client: bigint;
  readonly requestChecksum: bigint;
  readonly request: bigint;
  readonly operation: number;
  readonly session: bigint;
  readonly code: number;
}

interface FixtureReplyHeader {
  readonly command: number;
  readonly size: number;
  readonly client: bigint;
  readonly requestChecksum: bigint;
  readonly op: bigint;
  readonly commit: bigint;
  readonly timestamp: bigint;
  readonly request: bigint;
  readonly operation: number;
  readonly status: number;
  readonly reason: number;
  readonly maximumVersion: number;
  readonly minimumVersion: number;
}

/** A VSR ping to a legacy server, whose answer is not a VSR frame: see `detectFraming`. */
const OTHER_FRAMING = "101-ping-at-legacy-server.json";

const FIXTURES_URL = new URL("../../src/vsr/fixtures/", import.meta.url);

export function loadFixtures(server: Server): Fixture[] {
  const folder = new URL(`${server}/`, FIXTURES_URL);
  return readdirSync(folder)
    .filter((file) => file !== OTHER_FRAMING)
    .sort()
    .map((file) => parse(server, file, JSON.parse(readFileSync(new URL(file, folder), "utf8"))));
}

// biome-ignore lint/suspicious/noExplicitAny: fixture files are described in prose, not by a type.
function parse(server: Server, file: string, json: any): Fixture {
  const { decoded } = json;
  const nested = server === "0.9.0";
  const requestHeader = nested ? decoded.request.header : decoded.request_header;
  const section = nested ? decoded.response.result_section : decoded.response_result_section;
  return {
    server,
    file,
    request: json.request_hex ? Buffer.from(json.request_hex, "hex") : undefined,
    response: Buffer.from(json.response_hex, "hex"),
    requestHeader: requestHeader && parseRequestHeader(requestHeader),
    requestBody: nested ? decoded.request.body : decoded.request_body,
    responseHeader: parseReplyHeader(nested ? decoded.response.header : decoded.response_header),
    responseBody: (nested ? decoded.response.body : decoded.response_body) ?? undefined,
    result: section?.entries[0]?.result,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function parseRequestHeader(header: any): FixtureRequestHeader {
  return {
    size: header.size,
    client: littleEndian(header.client_hex_le ?? header.client_hex),
    requestChecksum: checksum(header),
    request: BigInt(header.request),
    operation: header.operation,
    session: BigInt(header.session),
    code: header.code ?? 0,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function parseReplyHeader(header: any): FixtureReplyHeader {
  return {
    command: header.command,
    size: header.size,
    client: littleEndian(header.client_hex_le ?? header.client_hex),
    requestChecksum: checksum(header),
    op: BigInt(header.op ?? 0),
    commit: BigInt(header.commit ?? 0),
    timestamp: BigInt(header.timestamp ?? 0),
    request: BigInt(header.request ?? 0),
    operation: header.operation ?? 0,
    status: header.status ?? 0,
    reason: header.reason ?? 0,
    maximumVersion: header.server_protocol_version ?? 0,
    minimumVersion: header.server_protocol_version_min ?? 0,
  };
}

function checksum(header: { request_checksum?: string; request_checksum_hex?: string }): bigint {
  return header.request_checksum_hex === undefined
    ? BigInt(header.request_checksum ?? 0)
    : littleEndian(header.request_checksum_hex);
}

function littleEndian(hex: string): bigint {
  return BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex") || "0"}`);
}

type FixtureIdentifier = Identifier | { kind: string; value: Identifier };

export function identifier(value: FixtureIdentifier): Identifier {
  return typeof value === "object" ? value.value : value;
}

export interface FixtureEntry {
  readonly key_kind: number;
  readonly key: string;
  readonly value_kind: number;
  readonly value_hex: string;
}

export function options(entries: readonly FixtureEntry[] = []): Options {
  return new Map(entries.map((entry) => [entry.key, headerValue(entry.value_kind, entry.value_hex)]));
}

export function headerEntries(entries: readonly FixtureEntry[]): HeaderEntry[] {
  return entries.map(({ key_kind, key, value_kind, value_hex }) => ({
    key: key_kind === 2 ? { kind: "string", value: key } : headerValue(key_kind, key),
    value: headerValue(value_kind, value_hex),
  }));
}

const INTEGERS: Readonly<Record<number, readonly [kind: HeaderKind, bits: number, signed: boolean]>> = {
  4: ["int8", 8, true],
  5: ["int16", 16, true],
  6: ["int32", 32, true],
  7: ["int64", 64, true],
  8: ["int128", 128, true],
  9: ["uint8", 8, false],
  10: ["uint16", 16, false],
  11: ["uint32", 32, false],
  12: ["uint64", 64, false],
  13: ["uint128", 128, false],
};

/** The value of a kind's code and bytes, read independently of the package under test. */
export function headerValue(code: number, hex: string): HeaderValue {
  const bytes = Buffer.from(hex, "hex");
  if (code === 1) return { kind: "raw", value: bytes };
  if (code === 2) return { kind: "string", value: bytes.toString("utf8") };
  if (code === 3) return { kind: "bool", value: bytes[0] === 1 };
  if (code === 14) return { kind: "float32", value: bytes.readFloatLE() };
  if (code === 15) return { kind: "float64", value: bytes.readDoubleLE() };
  const [kind, bits, signed] = INTEGERS[code]!;
  const unsigned = littleEndian(hex);
  const value = signed ? BigInt.asIntN(bits, unsigned) : unsigned;
  return { kind, value: bits > 32 ? value : Number(value) } as HeaderValue;
}
