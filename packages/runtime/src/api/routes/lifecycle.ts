import type { FastifyRequest } from "fastify";
import type { Administration } from "../../administration/administration.ts";
import { Refusal } from "../../administration/errors.ts";
import { PURGE_TARGETS, type PurgeTarget } from "../../administration/purge.ts";
import type { Validation } from "../../administration/validation.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import type { Intent } from "../../supervisor/intents.ts";
import type { ConnectorType } from "../../task/protocol.ts";
import type { Router } from "../router.ts";
import { errorShape } from "../shapes.ts";

const INTENTS: Readonly<Record<string, Intent>> = {
  pause: "paused",
  stop: "stopped",
  resume: "running",
  start: "running",
};

/** What an operator does to a connector as a whole. */
export function lifecycleRoutes(
  router: Router,
  type: ConnectorType,
  administration: Administration,
  validation: Validation,
): void {
  const base = `/${type}s/:key`;
  const id = (request: FastifyRequest): ConnectorIdentity => ({
    type,
    key: (request.params as { readonly key: string }).key,
  });
  router.on("POST", `/${type}s/validate`, (request) => {
    const { connect } = request.query as { readonly connect?: unknown };
    return validation.validate(type, request.body, isTrue(connect));
  });
  router.on("PUT", base, async (request) => {
    const { dry_run } = request.query as { readonly dry_run?: unknown };
    if (isTrue(dry_run)) return administration.preview(id(request), request.body);
    const { config, outcome, snapshot, findings } = await administration.put(id(request), request.body);
    const error = snapshot?.lastError;
    return {
      ...config,
      outcome,
      state: snapshot?.state ?? null,
      ...(error === undefined ? {} : { last_error: errorShape(error) }),
      findings,
    };
  });
  router.on("DELETE", base, async (request, reply) => {
    const { purge } = request.query as { readonly purge?: unknown };
    await administration.remove(id(request), targetsIn(purge));
    return reply.code(204).send();
  });
  router.on("POST", `${base}/restart`, async (request, reply) => {
    await administration.restart(id(request));
    return reply.code(204).send();
  });
  for (const [action, intent] of Object.entries(INTENTS)) {
    router.on("POST", `${base}/${action}`, async (request, reply) => {
      await administration.want(id(request), intent);
      return reply.code(204).send();
    });
  }
}

function isTrue(value: unknown): boolean {
  return value === "true" || value === "1" || value === "";
}

function targetsIn(value: unknown): ReadonlySet<PurgeTarget> {
  const names = typeof value === "string" && value !== "" ? value.split(",") : [];
  const targets = new Set<PurgeTarget>();
  for (const name of names) {
    const target = PURGE_TARGETS.find((known) => known === name.trim());
    if (target === undefined) {
      throw new Refusal("invalid", `${JSON.stringify(name)} is nothing that can be purged`, {
        code: "error",
        place: "purge",
        fix: `list any of ${PURGE_TARGETS.join(", ")}`,
      });
    }
    targets.add(target);
  }
  return targets;
}
