import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Letters } from "../../administration/letters.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import type { LetterFilter } from "../../dead-letters/filter.ts";
import type { ConnectorType } from "../../task/protocol.ts";
import { parseInput } from "../input.ts";
import { letterShape } from "../letter-shape.ts";
import type { Router } from "../router.ts";

const MAX_PAGE = 1000;

const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text) * 1000)
  .describe("RFC 3339");
const filterShape = {
  stage: z.enum(["decode", "transform", "encode", "consume", "send"]).optional(),
  code: z.string().optional(),
  transform: z.string().optional(),
  since: moment.optional(),
  until: moment.optional(),
};
const id = z
  .union([z.string().regex(/^\d{1,20}$/, "must be a whole number"), z.int().min(0)])
  .transform((value) => BigInt(value));

const listQuery = z.object({
  ...filterShape,
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
  after: id.optional(),
  resolved: z.enum(["true", "false"]).default("false"),
});

const target = z.enum(["connector", "origin"]).default("connector");
const replayBody = z.union([
  z.strictObject({ ids: z.array(id).min(1).max(100_000), to: target }),
  z.strictObject({ filter: z.strictObject(filterShape), to: target }),
]);

/** The dead letters of connectors of one type: list, show, replay, purge. */
export function deadLetterRoutes(router: Router, type: ConnectorType, letters: Letters): void {
  const base = `/${type}s/:key/dead_letters`;
  const connector = (request: FastifyRequest): ConnectorIdentity => ({
    type,
    key: (request.params as { readonly key: string }).key,
  });
  router.get(base, async (request) => {
    const { limit, after, resolved, ...filter } = parseInput(listQuery, request.query, "query");
    const page = await letters.list(
      connector(request),
      { ...given(filter), resolved: resolved === "true" },
      limit,
      after,
    );
    return {
      dead_letters: page.letters.map(({ record, resolved: done }) => letterShape(record, done)),
      next: page.next?.toString() ?? null,
    };
  });
  router.get(`${base}/:id`, async (request) => {
    const { id: letter } = parseInput(z.object({ id }), { id: (request.params as { id: string }).id }, "path");
    const { record, resolved } = await letters.get(connector(request), letter);
    return letterShape(record, resolved, true);
  });
  router.on("POST", `${base}/replay`, async (request, reply) => {
    const body = parseInput(replayBody, request.body, "body");
    // Who asked is gone: what is in hand is finished, and the rest stays where it is.
    const gone = new AbortController();
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const selection = "ids" in body ? { ids: body.ids } : { filter: given(body.filter) };
    const report = await letters.replay(connector(request), selection, body.to, gone.signal);
    return { ...report, failures: report.failures.map((failure) => ({ ...failure, id: failure.id.toString() })) };
  });
  router.on("DELETE", base, async (request, reply) => {
    await letters.purge(connector(request));
    return reply.code(204).send();
  });
}

function given(filter: Partial<Record<keyof typeof filterShape, unknown>>): LetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
