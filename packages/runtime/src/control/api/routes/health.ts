import { z } from "zod";
import { json } from "../openapi/operation.ts";
import type { RegisterRoutes } from "../register-routes.ts";

const TAG = { tag: "Runtime", public: true } as const;

const notReady = z.object({
  status: z.literal("not_ready"),
  reasons: z.array(z.object({ code: z.string(), reason: z.string() })),
});

/** Probes. They are public; `/health` always answers as in the original. */
export const routes: RegisterRoutes = (router, { controls }) => {
  router.get(
    "/health",
    { ...TAG, summary: "Whether the API answers", answers: { 200: json(z.object({ status: z.literal("healthy") })) } },
    () => ({ status: "healthy" as const }),
  );
  router.get(
    "/health/live",
    { ...TAG, summary: "Liveness probe", answers: { 200: json(z.object({ status: z.literal("alive") })) } },
    () => ({ status: "alive" as const }),
  );
  router.get(
    "/health/ready",
    {
      ...TAG,
      summary: "Readiness probe",
      description:
        "Ready means that the connector configurations are loaded, Iggy can be reached, and no connector has been starting for longer than its `start_timeout`.",
      answers: {
        200: json(z.object({ status: z.literal("ready") })),
        503: json(notReady, "Not ready, with the reasons."),
      },
    },
    async ({ reply }) => {
      const reasons = (await controls?.readiness.reasons()) ?? [];
      if (reasons.length === 0) return { status: "ready" as const };
      return reply.code(503).send({ status: "not_ready", reasons });
    },
  );
};
