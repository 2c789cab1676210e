import { z } from "zod";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import type { Administration } from "../../operations/administration/administration.ts";
import { CONFIG_FORMATS } from "../../operations/administration/rendering.ts";
import { json, NO_CONTENT, refusals } from "../openapi/operation.ts";
import { withControls } from "../register-routes.ts";
import type { Router } from "../router.ts";
import { configSchema, sentConfig } from "../schemas/config.ts";
import { connectorPath, versionText } from "../schemas/parameters.ts";

const TAG = { tag: "Configurations", path: connectorPath } as const;

const transforms = z.array(z.object({ type: z.string(), config: z.unknown() }));
const activation = z.object({ version: z.union([versionText, z.int().min(0)]) });
const text = z.string();

/** The original's endpoints for versions of a configuration, with its shapes and status codes. */
export const routes = withControls((router, { administration }) => {
  for (const type of CONNECTOR_TYPES) configRoutes(router, type, administration);
});

function configRoutes(router: Router, type: ConnectorType, administration: Administration): void {
  const base = `/${type}s/:key`;
  router.get(
    `${base}/transforms`,
    {
      ...TAG,
      summary: `Transforms of a ${type}, in order`,
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
      description: "The version is not activated, unless it is the first one of a new connector.",
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
      query: z.object({ version: versionText.optional().describe("default: the active version") }),
      answers: { ...NO_CONTENT, ...refusals(404, 500) },
    },
    async ({ path: { key }, query: { version }, reply }) => {
      await administration.removeVersion({ type, key }, version);
      return reply.code(204).send();
    },
  );
  router.get(
    `${base}/configs/active`,
    { ...TAG, summary: "The active version", answers: { 200: json(configSchema), ...refusals(404) } },
    ({ path: { key } }) => administration.active({ type, key }),
  );
  router.on(
    "PUT",
    `${base}/configs/active`,
    {
      ...TAG,
      summary: "Activate a version",
      description:
        "If the version does not become healthy, the previous one is started again and the response gives the reason.",
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
      summary: "The settings of the plugin as text",
      query: z.object({
        format: z.enum(CONFIG_FORMATS).optional().describe("default: plugin_config_format, else toml"),
      }),
      answers: {
        200: {
          description: "The settings in the requested format; the format `text` is JSON.",
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
      summary: "A version",
      path: connectorPath.extend({ version: versionText }),
      answers: { 200: json(configSchema), ...refusals(404, 500) },
    },
    ({ path: { key, version } }) => administration.version({ type, key }, version),
  );
}
