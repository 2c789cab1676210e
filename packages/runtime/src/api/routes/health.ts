import type { Readiness } from "../../health/readiness.ts";
import type { Router } from "../router.ts";

/** For probes; public. `/health` always answers as the original's does. */
export function healthRoutes(router: Router, readiness: Readiness | undefined): void {
  router.get("/health", () => ({ status: "healthy" }));
  router.get("/health/live", () => ({ status: "alive" }));
  router.get("/health/ready", async (_request, reply) => {
    const reasons = (await readiness?.reasons()) ?? [];
    return reasons.length === 0 ? { status: "ready" } : reply.code(503).send({ status: "not_ready", reasons });
  });
}
