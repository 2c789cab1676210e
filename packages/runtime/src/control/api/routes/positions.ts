import { z } from "zod";
import type { ConsumedPartition } from "../../operations/offsets/partitions.ts";
import type { PartitionReset, ResetTarget } from "../../operations/offsets/reset.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import { withControls } from "../register-routes.ts";
import { connectorPath, givenMoment, wholeNumber } from "../schemas/parameters.ts";
import { consumedSchema, resetReportSchema, type resetSchema } from "../schemas/positions.ts";

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

const checkpointBody = z.strictObject({
  checkpoint: z
    .unknown()
    .refine((value) => value !== undefined && value !== null, 'must be {"checkpoint": …}, as GET returns it')
    .describe("as the source wrote it"),
});

/** Offsets of sinks and checkpoints of sources. */
export const routes = withControls((router, { positions }) => {
  router.get(
    "/sinks/:key/offsets",
    {
      ...TAG,
      summary: "Stored offset, end and lag of each partition of a sink",
      answers: { 200: json(z.array(consumedSchema)), ...refusals(404, 500, 503) },
    },
    async ({ path: { key } }) => (await positions.offsets(key)).map(partitionShape),
  );
  router.on(
    "POST",
    "/sinks/:key/offsets/reset",
    {
      ...TAG,
      summary: "Reset the offsets of a sink",
      description:
        "A running sink is stopped for the reset and started again. `preview`: only report what would be replayed and skipped.",
      body: resetBody,
      answers: { 200: json(resetReportSchema), ...refusals(404, 409, 500, 503) },
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
      summary: "The checkpoint of a source",
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
      summary: "Set the checkpoint of a source",
      description: "A running source is stopped for the change and started again.",
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
      summary: "Delete the checkpoint of a source, which then starts from the beginning",
      description: "A running source is stopped for the change and started again.",
      answers: { ...NO_CONTENT, ...refusals(404, 409, 500) },
    },
    async ({ path: { key }, reply }) => {
      await positions.deleteCheckpoint(key);
      return reply.code(204).send();
    },
  );
});

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
