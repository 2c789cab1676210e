import { z } from "zod";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { LetterFilter } from "../../operations/dead-letters/filter.ts";
import type { Letters } from "../../operations/dead-letters/letters.ts";
import { letterShape, wholeLetterShape } from "../letter-shape.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { letterPageSchema, replaySchema, wholeLetterSchema } from "../schemas/letter.ts";
import { connectorPath, flag, givenMoment, wholeNumber } from "../schemas/parameters.ts";

const MAX_PAGE = 1000;
const TAG = { tag: "Dead letters", path: connectorPath } as const;

const filterShape = {
  stage: z.enum(["decode", "transform", "encode", "consume", "send"]).optional(),
  code: z.string().optional(),
  transform: z.string().optional(),
  since: givenMoment.optional(),
  until: givenMoment.optional(),
};

const listQuery = z.strictObject({
  ...filterShape,
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
  after: wholeNumber.optional().describe("id after which the page begins"),
  resolved: flag.describe("list those that were replayed instead"),
});

const target = z
  .enum(["connector", "origin"])
  .default("connector")
  .describe("through the connector to its destination, or back to the topics they came from");
const replayBody = z.union(
  [
    z.strictObject({ ids: z.array(wholeNumber).min(1).max(100_000), to: target }),
    z.strictObject({ filter: z.strictObject(filterShape), to: target }),
  ],
  { error: 'must have either "ids", up to 100000 of them, or "filter", each with "to" if not to the connector' },
);

/** The dead letters of connectors of one type: list, show, replay, purge. */
export function deadLetterRoutes(router: Router, type: ConnectorType, letters: Letters): void {
  const base = `/${type}s/:key/dead_letters`;
  router.get(
    base,
    {
      ...TAG,
      summary: "Dead letters, oldest first",
      query: listQuery,
      answers: { 200: json(letterPageSchema), ...refusals(404, 500, 503) },
    },
    async ({ path: { key }, query: { limit, after, resolved, ...filter } }) => {
      const page = await letters.list({ type, key }, { ...given(filter), resolved }, limit, after);
      return {
        dead_letters: page.letters.map(({ record, resolved: done }) => letterShape(record, done)),
        next: page.next?.toString() ?? null,
      };
    },
  );
  router.get(
    `${base}/:id`,
    {
      tag: TAG.tag,
      summary: "One dead letter, with payload and headers",
      path: connectorPath.extend({
        id: z
          .string()
          .regex(/^\d{1,20}$/, "must be a whole number")
          .transform(BigInt),
      }),
      answers: { 200: json(wholeLetterSchema), ...refusals(404, 500, 503) },
    },
    async ({ path: { key, id } }) => {
      const { record, resolved } = await letters.get({ type, key }, id);
      return wholeLetterShape(record, resolved);
    },
  );
  router.on(
    "POST",
    `${base}/replay`,
    {
      ...TAG,
      summary: "Deliver dead letters once more",
      description: "What fails again stays. Closing the request ends the replay after what is in hand.",
      body: replayBody,
      answers: { 200: json(replaySchema), ...refusals(404, 409, 500, 503) },
    },
    async ({ path: { key }, body, reply }) => {
      // Who asked is gone: what is in hand is finished, and the rest stays where it is.
      const gone = new AbortController();
      reply.raw.once("close", () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const selection = "ids" in body ? { ids: body.ids } : { filter: given(body.filter) };
      const report = await letters.replay({ type, key }, selection, body.to, gone.signal);
      return { ...report, failures: report.failures.map((failure) => ({ ...failure, id: failure.id.toString() })) };
    },
  );
  router.on(
    "DELETE",
    base,
    { ...TAG, summary: "Purge them all", answers: { ...NO_CONTENT, ...refusals(404, 409, 500, 503) } },
    async ({ path: { key }, reply }) => {
      await letters.purge({ type, key });
      return reply.code(204).send();
    },
  );
}

function given(filter: Partial<Record<keyof typeof filterShape, unknown>>): LetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
