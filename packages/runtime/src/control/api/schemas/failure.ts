import { z } from "zod";
import { component } from "../openapi/components.ts";

/** The body of every error response: the original's two fields, and ours where they say more. */
export const failureSchema = component(
  "Failure",
  z.object({
    code: z.string().describe("for programs: one of the original's codes, or IGC_…"),
    reason: z.string().describe("for people"),
    place: z.string().optional().describe("the key, file or part of the request"),
    fix: z.string().optional().describe("what to do"),
    details: z.unknown().optional().describe("all findings, if there are several"),
  }),
);

export type FailureBody = Readonly<z.output<typeof failureSchema>>;

/** A finding about a configuration in a request. */
export const findingSchema = component(
  "Finding",
  z.object({
    severity: z.enum(["error", "warning"]),
    code: z.string(),
    key: z.string().nullable().describe("path of the key, such as streams[0].schema"),
    message: z.string(),
    fix: z.string().nullable(),
  }),
);

/** A finding about a file. */
export const fileFindingSchema = component(
  "FileFinding",
  z.object({
    code: z.string(),
    file: z.string().nullable(),
    line: z.int().nullable().describe("the first line is 1"),
    key: z.string().nullable(),
    message: z.string(),
    fix: z.string().nullable(),
  }),
);
