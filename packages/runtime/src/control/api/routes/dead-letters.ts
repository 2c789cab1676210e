import type { FailureStage } from "@iggy-connectors/transforms";
import { z } from "zod";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import type { LetterFilter } from "../../operations/dead-letters/filter.ts";
import type { Letters } from "../../operations/dead-letters/letters.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import { withControls } from "../register-routes.ts";
import type { Router } from "../router.ts";
import { deadLetterDetailsSchema, deadLetterPageSchema, replaySchema } from "../schemas/dead-letter.ts";
import { connectorPath, flag, givenMoment, wholeNumber } from "../schemas/parameters.ts";
import { deadLetterDetailsShape, deadLetterShape } from "../shapes/dead-letter.ts";

const MAX_PAGE = 1000;
const TAG = { tag: "Dead letters", path: connectorPath } as const;

const STAGES = Object.keys({
  decode: true,
  transform: true,
  encode: true,
  consume: true,
  send: true,
} satisfies Record<FailureStage, true>) as FailureStage[];

const filterShape = {
  stage: z.enum(STAGES).optional(),
  code: z.string().optional(),
  transform: z.string().optional(),
  since: givenMoment.optional(),
  until: givenMoment.optional(),
};

const listQuery = z.strictObject({
  ...filterShape,
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
  after: wholeNumber.optional().describe("the page starts after this id"),
  resolved: flag.describe("list resolved dead letters instead of unresolved ones"),
});

const target = z
  .enum(["connector", "origin"])
  .default("connector")
  .describe(
    "`connector`: through the connector to its destination; `origin`: back to the topics the messages came from",
  );
const replayBody = z.union(
  [
    z.strictObject({ ids: z.array(wholeNumber).min(1).max(100_000), to: target }),
    z.strictObject({ filter: z.strictObject(filterShape), to: target }),
  ],
  { error: 'must have either "ids" (at most 100000) or "filter", and may have "to"' },
);

/** List, show, replay and purge the dead letters of a connector. */
export const routes = withControls((router, { letters }) => {
  for (const type of CONNECTOR_TYPES) deadLetterRoutes(router, type, letters);
});

function deadLetterRoutes(router: Router, type: ConnectorType, letters: Letters): void {
  const base = `/${type}s/:key/dead_letters`;
  router.get(
    base,
    {
      ...TAG,
      summary: "Dead letters, oldest first",
      query: listQuery,
      answers: { 200: json(deadLetterPageSchema), ...refusals(404, 500, 503) },
    },
    async ({ path: { key }, query: { limit, after, resolved, ...filter } }) => {
      const page = await letters.list({ type, key }, { ...given(filter), resolved }, limit, after);
      return {
        dead_letters: page.letters.map(({ record, resolved: done }) => deadLetterShape(record, done)),
        next: page.next?.toString() ?? null,
      };
    },
  );
  router.get(
    `${base}/:id`,
    {
      tag: TAG.tag,
      summary: "A dead letter, with payload and headers",
      path: connectorPath.extend({
        id: z
          .string()
          .regex(/^\d{1,20}$/, "must be a whole number")
          .transform(BigInt),
      }),
      answers: { 200: json(deadLetterDetailsSchema), ...refusals(404, 500, 503) },
    },
    async ({ path: { key, id } }) => {
      const { record, resolved } = await letters.get({ type, key }, id);
      return deadLetterDetailsShape(record, resolved);
    },
  );
  router.on(
    "POST",
    `${base}/replay`,
    {
      ...TAG,
      summary: "Replay dead letters",
      description:
        "A message that fails again remains a dead letter. If the client disconnects, the replay ends after the messages in flight.",
      body: replayBody,
      answers: { 200: json(replaySchema), ...refusals(404, 409, 500, 503) },
    },
    async ({ path: { key }, body, reply }) => {
      // If the client disconnects, the messages in flight are finished and the others remain dead letters.
      const disconnected = new AbortController();
      reply.raw.once("close", () => {
        if (!reply.raw.writableFinished) disconnected.abort();
      });
      const selection = "ids" in body ? { ids: body.ids } : { filter: given(body.filter) };
      const report = await letters.replay({ type, key }, selection, body.to, disconnected.signal);
      return { ...report, failures: report.failures.map((failure) => ({ ...failure, id: failure.id.toString() })) };
    },
  );
  router.on(
    "DELETE",
    base,
    {
      ...TAG,
      summary: "Delete all dead letters of a connector",
      answers: { ...NO_CONTENT, ...refusals(404, 409, 500, 503) },
    },
    async ({ path: { key }, reply }) => {
      await letters.purge({ type, key });
      return reply.code(204).send();
    },
  );
}

function given(filter: Partial<Record<keyof typeof filterShape, unknown>>): LetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
