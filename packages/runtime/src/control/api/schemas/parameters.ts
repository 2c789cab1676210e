import { z } from "zod";

export const connectorPath = z.object({ key: z.string().min(1).describe("key of the connector, percent-encoded") });

/** A number in a path or a query. An empty string is rejected: it must never mean 0. */
export const versionText = z
  .string()
  .regex(/^\d{1,10}$/, "must be a whole number, 0 or more")
  .transform(Number);

/** 64-bit numbers are written as strings; numbers that JSON can hold exactly are accepted, too. */
export const wholeNumber = z
  .union([z.string().regex(/^\d{1,20}$/, "must be a whole number"), z.int().min(0)])
  .transform((value) => BigInt(value));

/** A flag of a query: `?preview`, `?preview=true`. Anything else is rejected: a misspelt flag must not change anything. */
export const flag = z
  .enum(["", "true", "1", "false", "0"])
  .default("false")
  .transform((text) => text !== "false" && text !== "0");

/** Microseconds since the Unix epoch. */
export const givenMoment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text) * 1000)
  .describe("RFC 3339");
