import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { Refusal } from "../../administration/errors.ts";
import type { Positions } from "../../administration/positions.ts";
import type { ConsumedPartition } from "../../offsets/partitions.ts";
import type { PartitionReset, ResetTarget } from "../../offsets/reset.ts";
import { parseInput } from "../input.ts";
import type { Router } from "../router.ts";

const offset = z
  .union([z.string().regex(/^\d{1,20}$/, "must be a whole number"), z.int().min(0)])
  .transform((value): ResetTarget => ({ kind: "offset", next: BigInt(value) }));
const time = z.iso
  .datetime({ offset: true })
  .transform((text): ResetTarget => ({ kind: "time", timestamp: BigInt(Date.parse(text)) * 1000n }));
const target = z.union([
  z.enum(["first", "last"]).transform((kind): ResetTarget => ({ kind })),
  z.strictObject({ offset }).transform(({ offset: value }) => value),
  z.strictObject({ time }).transform(({ time: value }) => value),
]);

const resetBody = z.strictObject({
  to: target,
  stream: z.string().optional(),
  topic: z.string().optional(),
  partitions: z.array(z.int().min(0)).min(1).optional(),
  preview: z.boolean().default(false),
});

/** Offsets of sinks and checkpoints of sources. */
export function positionRoutes(router: Router, positions: Positions): void {
  router.get("/sinks/:key/offsets", async (request) => (await positions.offsets(keyOf(request))).map(partitionShape));
  router.on("POST", "/sinks/:key/offsets/reset", async (request) => {
    const { to, preview, ...selection } = parseInput(resetBody, request.body, "body");
    const resets = await positions.reset(keyOf(request), to, selection, preview);
    return { preview, partitions: resets.map(resetShape) };
  });
  const checkpoint = "/sources/:key/checkpoint";
  router.get(checkpoint, async (request) => ({ checkpoint: await positions.checkpoint(keyOf(request)) }));
  router.on("PUT", checkpoint, async (request, reply) => {
    const body = request.body as { readonly checkpoint?: unknown } | null | undefined;
    if (typeof body !== "object" || body === null || body.checkpoint === undefined || body.checkpoint === null) {
      throw new Refusal("invalid", "The body holds no checkpoint.", {
        code: "error",
        place: "body: checkpoint",
        fix: 'send {"checkpoint": …} as GET gives it',
      });
    }
    await positions.setCheckpoint(keyOf(request), body.checkpoint);
    return reply.code(204).send();
  });
  router.on("DELETE", checkpoint, async (request, reply) => {
    await positions.deleteCheckpoint(keyOf(request));
    return reply.code(204).send();
  });
}

function keyOf(request: FastifyRequest): string {
  return (request.params as { readonly key: string }).key;
}

function partitionShape({ stream, topic, partition, stored, end, lag, owner }: ConsumedPartition) {
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
function resetShape({ partition: { stream, topic, partition }, before, after, replayed, skipped }: PartitionReset) {
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
