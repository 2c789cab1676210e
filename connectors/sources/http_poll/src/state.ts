import { z } from "zod";

/** A value of `since`: numbers as their digits, so that none is lost. */
const sinceValue = z.object({ kind: z.enum(["number", "text"]), text: z.string() });

const httpPollState = z.object({
  /** Number of the round, from 0. */
  round: z.int().min(0),
  /** The page to ask for next, within a round; absent: a round is to be begun. */
  page: z.string().optional(),
  /** Pages of this round so far. */
  pages: z.int().min(0).default(0),
  /** Records of this round so far. */
  received: z.int().min(0).optional(),
  /** Pages without records at the end of what was read of this round. */
  empty: z.int().min(0).optional(),
  /** Digests of the positions of this round that were asked for last. */
  visited: z.array(z.string()).optional(),
  /** Digests of the content of the first and of the previous page of this round that had records. */
  first_page: z.string().optional(),
  previous_page: z.string().optional(),
  /** Where the next round begins, for lists that only grow. */
  resume: z.string().optional(),
  since: sinceValue.optional(),
  /** The greatest value seen in this round. */
  greatest: sinceValue.optional(),
  etag: z.string().optional(),
  last_modified: z.string().optional(),
  /** Of records sent, oldest first. */
  recent: z.array(z.string()).optional(),
});

export type SinceValue = z.infer<typeof sinceValue>;
export type HttpPollState = z.infer<typeof httpPollState>;

/** The checkpoint, also one that an operator wrote; one that cannot be read starts again at the first round. */
export function readState(checkpoint: unknown): HttpPollState {
  const parsed = httpPollState.safeParse(checkpoint);
  return parsed.success ? parsed.data : { round: 0, pages: 0 };
}
