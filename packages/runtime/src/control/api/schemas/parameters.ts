import { z } from "zod";

/** What `:key` may be. */
export const connectorPath = z.object({ key: z.string().min(1).describe("the connector's key, percent-encoded") });

/** A number of a path or a query. An empty text is none: it must never mean 0. */
export const versionText = z
  .string()
  .regex(/^\d{1,10}$/, "must be a whole number, 0 or more")
  .transform(Number);

/** 64-bit numbers go as texts; numbers that JSON can hold exactly are taken, too. */
export const wholeNumber = z
  .union([z.string().regex(/^\d{1,20}$/, "must be a whole number"), z.int().min(0)])
  .transform((value) => BigInt(value));

/** A flag of a query: `?preview`, `?preview=true`. Anything else is refused: a misspelt flag must not change anything. */
export const flag = z
  .enum(["", "true", "1", "false", "0"])
  .default("false")
  .transform((text) => text !== "false" && text !== "0");

export const moment = z.iso.datetime().describe("RFC 3339, UTC");

/** Microseconds since the Unix epoch. */
export const givenMoment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text) * 1000)
  .describe("RFC 3339");
