import { readdirSync, readFileSync } from "node:fs";
import type { HeaderEntry } from "@iggy-connectors/protocol";
import { headerValue } from "../golden/fixtures.ts";

/** A recorded exchange with a 0.8.0 server. */
export interface LegacyFixture {
  readonly file: string;
  readonly code: number;
  readonly request: Buffer;
  readonly response: Buffer;
  readonly status: number;
  /** Iggy's name of the status. */
  readonly error: string | undefined;
  // Bodies are described in prose, not by a type.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly requestBody: any;
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly responseBody: any;
}

export interface LegacyMessage {
  readonly checksum: string;
  readonly id: string;
  readonly offset: string;
  readonly timestamp: string;
  readonly origin_timestamp: string;
  readonly payload_hex: string;
  readonly user_headers: readonly { readonly key: LegacyField; readonly value: LegacyField }[];
}

interface LegacyField {
  readonly kind: string;
  readonly raw_hex: string;
}

const FOLDER = new URL("../../src/legacy/fixtures/exchanges/", import.meta.url);

export function loadLegacyFixtures(): LegacyFixture[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const { request_hex, response_hex, decoded } = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
      return {
        file,
        code: decoded.code,
        request: Buffer.from(request_hex, "hex"),
        response: Buffer.from(response_hex, "hex"),
        status: decoded.status,
        error: decoded.error,
        requestBody: decoded.request,
        responseBody: decoded.response ?? undefined,
      };
    });
}

const KINDS = "raw string bool int8 int16 int32 int64 int128 uint8 uint16 uint32 uint64 uint128 float32 float64".split(
  " ",
);

export function messageHeaders({ user_headers }: LegacyMessage): HeaderEntry[] {
  const field = ({ kind, raw_hex }: LegacyField) => headerValue(KINDS.indexOf(kind) + 1, raw_hex);
  return user_headers.map(({ key, value }) => ({ key: field(key), value: field(value) }));
}
