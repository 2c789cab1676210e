import { z } from "zod";
import type { Readiness } from "../../health/readiness.ts";
import { json } from "../openapi/operation.ts";
import type { Router } from "../router.ts";

const TAG = { tag: "Runtime", public: true } as const;

const notReady = z.object({
  status: z.literal("not_ready"),
  reasons: z.array(z.object({ code: z.string(), reason: z.string() })),
});

/** For probes; public. `/health` always answers as the original's does. */
export function healthRoutes(router: Router, readiness: Readiness | undefined): void {
  router.get(
    "/health",
    { ...TAG, summary: "It answers", answers: { 200: json(z.object({ status: z.literal("healthy") })) } },
    () => ({ status: "healthy" }),
  );
  router.get(
    "/health/live",
    { ...TAG, summary: "It is alive", answers: { 200: json(z.object({ status: z.literal("alive") })) } },
    () => ({ status: "alive" }),
  );
  router.get(
    "/health/ready",
    {
      ...TAG,
      summary: "It does its work",
      description: "It knows what should run, reaches Iggy, and no connector has been starting for too long.",
      answers: {
        200: json(z.object({ status: z.literal("ready") })),
        503: json(notReady, "Not yet, and why."),
      },
    },
    async ({ reply }) => {
      const reasons = (await readiness?.reasons()) ?? [];
      return reasons.length === 0 ? { status: "ready" } : reply.code(503).send({ status: "not_ready", reasons });
    },
  );
}
