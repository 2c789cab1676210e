import { z } from "zod";
import type { ConsumedPartition } from "../../operations/offsets/partitions.ts";
import type { Positions } from "../../operations/offsets/positions.ts";
import type { PartitionReset, ResetTarget } from "../../operations/offsets/reset.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { connectorPath, givenMoment, wholeNumber } from "../schemas/parameters.ts";
import { consumedSchema, resetSchema } from "../schemas/positions.ts";

const TAG = { tag: "Positions", path: connectorPath } as const;

const offset = wholeNumber.transform((next): ResetTarget => ({ kind: "offset", next }));
const time = givenMoment.transform((timestamp): ResetTarget => ({ kind: "time", timestamp: BigInt(timestamp) }));
const target = z.union(
  [
    z.enum(["first", "last"]).transform((kind): ResetTarget => ({ kind })),
    z.strictObject({ offset }).transform(({ offset: value }) => value),
    z.strictObject({ time }).transform(({ time: value }) => value),
  ],
  { error: 'must be "first", "last", {"offset": "…"} or {"time": "…"} with an RFC 3339 time' },
);

const resetBody = z.strictObject({
  to: target,
  stream: z.string().optional(),
  topic: z.string().optional(),
  partitions: z.array(z.int().min(0)).min(1).optional(),
  preview: z.boolean().default(false),
});

const resets = z.object({ preview: z.boolean(), partitions: z.array(resetSchema) });

const checkpointBody = z.strictObject({
  checkpoint: z
    .unknown()
    .refine((value) => value !== undefined && value !== null, 'send {"checkpoint": …} as GET gives it')
    .describe("as the source made it"),
});

/** Offsets of sinks and checkpoints of sources. */
export function positionRoutes(router: Router, positions: Positions): void {
  router.get(
    "/sinks/:key/offsets",
    {
      ...TAG,
      summary: "How far a sink has got, per partition",
      answers: { 200: json(z.array(consumedSchema)), ...refusals(404, 500, 503) },
    },
    async ({ path: { key } }) => (await positions.offsets(key)).map(partitionShape),
  );
  router.on(
    "POST",
    "/sinks/:key/offsets/reset",
    {
      ...TAG,
      summary: "Move a sink to another place",
      description:
        "A running sink is stopped and started around it. `preview`: only tell what it would replay and skip.",
      body: resetBody,
      answers: { 200: json(resets), ...refusals(404, 409, 500, 503) },
    },
    async ({ path: { key }, body: { to, preview, ...selection } }) => {
      const done = await positions.reset(key, to, selection, preview);
      return { preview, partitions: done.map(resetShape) };
    },
  );
  const checkpoint = "/sources/:key/checkpoint";
  router.get(
    checkpoint,
    {
      ...TAG,
      summary: "A source's checkpoint",
      exact: true,
      answers: { 200: json(z.object({ checkpoint: z.unknown() })), ...refusals(404, 500) },
    },
    async ({ path: { key } }) => ({ checkpoint: await positions.checkpoint(key) }),
  );
  router.on(
    "PUT",
    checkpoint,
    {
      ...TAG,
      summary: "Set it",
      description: "A running source is stopped and started around it.",
      body: checkpointBody,
      answers: { ...NO_CONTENT, ...refusals(404, 409, 500) },
    },
    async ({ path: { key }, body, reply }) => {
      await positions.setCheckpoint(key, body.checkpoint);
      return reply.code(204).send();
    },
  );
  router.on(
    "DELETE",
    checkpoint,
    {
      ...TAG,
      summary: "Remove it: the source begins anew",
      description: "A running source is stopped and started around it.",
      answers: { ...NO_CONTENT, ...refusals(404, 409, 500) },
    },
    async ({ path: { key }, reply }) => {
      await positions.deleteCheckpoint(key);
      return reply.code(204).send();
    },
  );
}

function partitionShape({
  stream,
  topic,
  partition,
  stored,
  end,
  lag,
  owner,
}: ConsumedPartition): z.input<typeof consumedSchema> {
  return {
    stream,
    topic,
    partition,
    stored: stored?.toString() ?? null,
    end: end?.toString() ?? null,
    lag,
    owner: owner?.toString() ?? null,
  };
}

/** `before` and `after` are offsets of the next message. */
function resetShape({
  partition: { stream, topic, partition },
  before,
  after,
  replayed,
  skipped,
}: PartitionReset): z.input<typeof resetSchema> {
  return {
    stream,
    topic,
    partition,
    before: before.toString(),
    after: after.toString(),
    replayed: Number(replayed),
    skipped: Number(skipped),
  };
}
