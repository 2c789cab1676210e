import { z } from "zod";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { Administration } from "../../operations/administration/administration.ts";
import { CONFIG_FORMATS } from "../../operations/administration/rendering.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { configSchema, sentConfig } from "../schemas/config.ts";
import { connectorPath, versionText } from "../schemas/parameters.ts";

const TAG = { tag: "Configurations", path: connectorPath } as const;

const transforms = z.array(z.object({ type: z.string(), config: z.unknown() }));
const activation = z.object({ version: z.union([versionText, z.int().min(0)]) });
const text = z.string();

/** The original's endpoints about versions of a configuration, with its shapes and statuses. */
export function configRoutes(router: Router, type: ConnectorType, administration: Administration): void {
  const base = `/${type}s/:key`;
  router.get(
    `${base}/transforms`,
    {
      ...TAG,
      summary: `Transforms of a ${type}, in their order`,
      answers: { 200: json(transforms), ...refusals(404) },
    },
    ({ path: { key } }) => administration.transforms({ type, key }),
  );
  router.get(
    `${base}/configs`,
    { ...TAG, summary: "All versions", answers: { 200: json(z.array(configSchema)), ...refusals(404, 500) } },
    ({ path: { key } }) => administration.versions({ type, key }),
  );
  router.on(
    "POST",
    `${base}/configs`,
    {
      ...TAG,
      summary: "Store a version",
      description: "It does not run by that, except the first version of a new connector.",
      body: z.unknown(),
      bodySchema: sentConfig(type),
      answers: { 200: json(configSchema), ...refusals(500) },
    },
    ({ path: { key }, body }) => administration.create({ type, key }, body),
  );
  router.on(
    "DELETE",
    `${base}/configs`,
    {
      ...TAG,
      summary: "Remove a version",
      query: z.object({ version: versionText.optional().describe("default: the active one") }),
      answers: { ...NO_CONTENT, ...refusals(404, 500) },
    },
    async ({ path: { key }, query: { version }, reply }) => {
      await administration.removeVersion({ type, key }, version);
      return reply.code(204).send();
    },
  );
  router.get(
    `${base}/configs/active`,
    { ...TAG, summary: "The configuration in force", answers: { 200: json(configSchema), ...refusals(404) } },
    ({ path: { key } }) => administration.active({ type, key }),
  );
  router.on(
    "PUT",
    `${base}/configs/active`,
    {
      ...TAG,
      summary: "Make a version the one that runs",
      description: "Where it does not become healthy, the one before runs again, and the answer says why.",
      body: activation,
      answers: { ...NO_CONTENT, ...refusals(404, 422, 500) },
    },
    async ({ path: { key }, body: { version }, reply }) => {
      await administration.activate({ type, key }, version);
      return reply.code(204).send();
    },
  );
  router.get(
    `${base}/configs/plugin`,
    {
      ...TAG,
      summary: "The plugin's settings as text",
      query: z.object({
        format: z.enum(CONFIG_FORMATS).optional().describe("default: plugin_config_format, else toml"),
      }),
      answers: {
        200: {
          description: "As asked; text is JSON.",
          content: {
            "application/json": z.unknown(),
            "application/yaml": text,
            "application/toml": text,
            "text/plain": text,
          },
        },
        ...refusals(404),
      },
    },
    async ({ path: { key }, query: { format }, reply }) => {
      const rendered = await administration.pluginConfig({ type, key }, format);
      if (rendered === undefined) return reply.code(404).send();
      return reply.type(rendered.contentType).send(rendered.text);
    },
  );
  router.get(
    `${base}/configs/:version`,
    {
      tag: "Configurations",
      summary: "One version",
      path: connectorPath.extend({ version: versionText }),
      answers: { 200: json(configSchema), ...refusals(404, 500) },
    },
    ({ path: { key, version } }) => administration.version({ type, key }, version),
  );
}
