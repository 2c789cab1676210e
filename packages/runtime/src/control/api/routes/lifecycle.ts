import { z } from "zod";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import type { Administration } from "../../operations/administration/administration.ts";
import { PURGE_TARGETS, type PurgeTarget } from "../../operations/administration/purge.ts";
import type { Validation } from "../../operations/administration/validation.ts";
import type { DesiredState } from "../../supervisor/connectors/desired-states.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import { withControls } from "../register-routes.ts";
import type { Router } from "../router.ts";
import { previewSchema, putSchema, sentConfig } from "../schemas/config.ts";
import { findingSchema } from "../schemas/failure.ts";
import { connectorPath, flag } from "../schemas/parameters.ts";
import { errorShape } from "../shapes/connector.ts";

const TAG = { tag: "Lifecycle", path: connectorPath } as const;

const ACTIONS: Readonly<Record<string, { readonly intent: DesiredState; readonly summary: string }>> = {
  pause: { intent: "paused", summary: "Finish the messages in flight and consume no more" },
  stop: { intent: "stopped", summary: "Stop a connector until it is started" },
  resume: { intent: "running", summary: "Resume a paused connector" },
  start: { intent: "running", summary: "Start a stopped connector" },
};

const validation = z.object({ valid: z.boolean(), findings: z.array(findingSchema) });

const purge = z
  .string()
  .transform((text, context): ReadonlySet<PurgeTarget> => {
    const targets = new Set<PurgeTarget>();
    for (const name of text.split(",").map((part) => part.trim())) {
      if (name === "") continue;
      const target = PURGE_TARGETS.find((known) => known === name);
      if (target !== undefined) targets.add(target);
      else context.addIssue(`${JSON.stringify(name)} cannot be purged: must be any of ${PURGE_TARGETS.join(", ")}`);
    }
    return targets;
  })
  .describe(`what else to remove: any of ${PURGE_TARGETS.join(", ")}, separated by commas`);

/** Create, replace, remove, start and stop connectors. */
export const routes = withControls((router, { administration, validation: checks }) => {
  for (const type of CONNECTOR_TYPES) lifecycleRoutes(router, type, administration, checks);
});

function lifecycleRoutes(
  router: Router,
  type: ConnectorType,
  administration: Administration,
  checks: Validation,
): void {
  const base = `/${type}s/:key`;
  const body = { body: z.unknown(), bodySchema: sentConfig(type) };
  router.on(
    "POST",
    `/${type}s/validate`,
    {
      tag: "Lifecycle",
      summary: "Validate a configuration",
      query: z.strictObject({ connect: flag.describe("also run the connection check of the plugin") }),
      ...body,
      answers: { 200: json(validation), ...refusals(500) },
    },
    ({ query: { connect }, body: config }) => checks.validate(type, config, connect),
  );
  router.on(
    "PUT",
    base,
    {
      ...TAG,
      summary: "Create a connector or replace its configuration",
      description:
        "A new version is stored, activated and started. If it does not become healthy, the previous version is started again. " +
        "A masked secret (`******`) keeps the value of the active version.",
      query: z.strictObject({ dry_run: flag.describe("only report what would change") }),
      ...body,
      answers: { 200: json(z.union([putSchema, previewSchema])), ...refusals(422, 500) },
    },
    async ({ path: { key }, query: { dry_run }, body: sent }) => {
      if (dry_run) return administration.preview({ type, key }, sent);
      const { config, outcome, snapshot, findings } = await administration.put({ type, key }, sent);
      const error = snapshot?.lastError;
      return {
        ...config,
        outcome,
        state: snapshot?.state ?? null,
        ...(error === undefined ? {} : { last_error: errorShape(error) }),
        findings,
      };
    },
  );
  router.on(
    "DELETE",
    base,
    {
      ...TAG,
      summary: "Stop a connector and remove all its versions",
      query: z.strictObject({ purge: purge.optional() }),
      answers: { ...NO_CONTENT, ...refusals(404, 409, 500, 503) },
    },
    async ({ path: { key }, query, reply }) => {
      await administration.remove({ type, key }, query.purge ?? new Set());
      return reply.code(204).send();
    },
  );
  router.on(
    "POST",
    `${base}/restart`,
    {
      ...TAG,
      summary: "Stop a connector and start it with the active version",
      description: "A request that arrives during a restart joins that restart.",
      answers: { ...NO_CONTENT, ...refusals(404, 409, 422, 500) },
    },
    async ({ path: { key }, reply }) => {
      await administration.restart({ type, key });
      return reply.code(204).send();
    },
  );
  for (const [action, { intent, summary }] of Object.entries(ACTIONS)) {
    router.on(
      "POST",
      `${base}/${action}`,
      {
        ...TAG,
        summary,
        description: "The request remains in effect across restarts of the process.",
        answers: { ...NO_CONTENT, ...refusals(404, 409, 500) },
      },
      async ({ path: { key }, reply }) => {
        await administration.setDesiredState({ type, key }, intent);
        return reply.code(204).send();
      },
    );
  }
}
