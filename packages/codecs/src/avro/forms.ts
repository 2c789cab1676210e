import { formatRfc3339, fractionOf } from "@iggy-connectors/sdk/internal";
import { AvroFault } from "./input.ts";
import type { AvroLogical } from "./model.ts";

const DAY = 86_400;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Moments = Extract<AvroLogical, { digits: number }>;

/** An integer count of 10⁻ᵈ seconds as seconds and nanoseconds. */
function split(value: number | bigint, digits: number): { seconds: number; nanos: number } {
  const unit = 10n ** BigInt(digits);
  const whole = BigInt(value);
  const rest = ((whole % unit) + unit) % unit;
  return { seconds: Number((whole - rest) / unit), nanos: Number(rest * 10n ** BigInt(9 - digits)) };
}

/** `2026-03-01T12:00:00.250Z`; local: without the zone; time: `12:00:00.250`. */
export function formatMoment(value: number | bigint, { name, digits }: Moments): string {
  const { seconds, nanos } = split(value, digits);
  if (name === "time" && (seconds < 0 || seconds >= DAY)) throw new AvroFault("a time of day is not within a day");
  const text = formatRfc3339({ seconds, nanos: name === "time" ? 0 : nanos });
  if (text === undefined) throw new AvroFault("a time is beyond the years 0 to 9999");
  if (name === "time") return `${text.slice(11, 19)}${fractionOf(nanos)}`;
  return name === "timestamp" ? text : text.slice(0, -1);
}

export function formatDate(days: number): string {
  const text = formatRfc3339({ seconds: days * DAY, nanos: 0 });
  if (text === undefined) throw new AvroFault("a date is beyond the years 0 to 9999");
  return text.slice(0, 10);
}

/** Decimal digits, exactly `scale` of them after the point. */
export function formatDecimal(bytes: Uint8Array, scale: number): string {
  if (bytes.length === 0) throw new AvroFault("a decimal has no bytes");
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The UUID in lower case; undefined if the text is not a hyphenated UUID. */
export function normalUuid(text: string): string | undefined {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower : undefined;
}

export function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
