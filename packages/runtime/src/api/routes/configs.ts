import type { FastifyRequest } from "fastify";
import type { Administration } from "../../administration/administration.ts";
import { Refusal } from "../../administration/errors.ts";
import { CONFIG_FORMATS, type ConfigFormat } from "../../administration/rendering.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import type { ConnectorType } from "../../task/protocol.ts";
import type { Router } from "../router.ts";

/** The original's endpoints about versions of a configuration, with its shapes and statuses. */
export function configRoutes(router: Router, type: ConnectorType, administration: Administration): void {
  const base = `/${type}s/:key`;
  const id = (request: FastifyRequest): ConnectorIdentity => ({
    type,
    key: (request.params as { readonly key: string }).key,
  });
  router.get(`${base}/transforms`, (request) => administration.transforms(id(request)));
  router.get(`${base}/configs`, (request) => administration.versions(id(request)));
  router.on("POST", `${base}/configs`, (request) => administration.create(id(request), request.body));
  router.on("DELETE", `${base}/configs`, async (request, reply) => {
    const { version } = request.query as { readonly version?: unknown };
    await administration.removeVersion(id(request), version === undefined ? undefined : versionIn(version));
    return reply.code(204).send();
  });
  router.get(`${base}/configs/active`, (request) => administration.active(id(request)));
  router.on("PUT", `${base}/configs/active`, async (request, reply) => {
    const { version } = (request.body ?? {}) as { readonly version?: unknown };
    await administration.activate(id(request), versionIn(version));
    return reply.code(204).send();
  });
  router.get(`${base}/configs/plugin`, async (request, reply) => {
    const { format } = request.query as { readonly format?: unknown };
    const rendered = await administration.pluginConfig(id(request), formatIn(format));
    if (rendered === undefined) return reply.code(404).send();
    return reply.type(rendered.contentType).send(rendered.text);
  });
  router.get(`${base}/configs/:version`, (request) => {
    const { version } = request.params as { readonly version: string };
    return administration.version(id(request), versionIn(version));
  });
}

function versionIn(value: unknown): number {
  const version = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(version) && Number(version) >= 0) return Number(version);
  throw new Refusal("invalid", `${JSON.stringify(value) ?? "nothing"} is no version`, {
    code: "error",
    place: "version",
    fix: "give a whole number, 0 or more",
  });
}

function formatIn(value: unknown): ConfigFormat | undefined {
  if (value === undefined) return undefined;
  const format = CONFIG_FORMATS.find((known) => known === value);
  if (format !== undefined) return format;
  throw new Refusal("invalid", `${JSON.stringify(value)} is no format`, {
    code: "error",
    place: "format",
    fix: `use one of ${CONFIG_FORMATS.join(", ")}`,
  });
}
