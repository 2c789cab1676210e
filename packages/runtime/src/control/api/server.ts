import type { FastifyInstance } from "fastify";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import type { Readiness } from "../health/readiness.ts";
import type { MetricsInput } from "../metrics/render.ts";
import type { Administration } from "../operations/administration/administration.ts";
import type { Validation } from "../operations/administration/validation.ts";
import type { Letters } from "../operations/dead-letters/letters.ts";
import type { Positions } from "../operations/offsets/positions.ts";
import type { PluginCatalog } from "../plugins/catalog.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import type { RuntimeEvents } from "../supervisor/observation/runtime-events.ts";
import type { TapHub } from "../tap/hub.ts";
import { authorised } from "./auth.ts";
import { decideCors } from "./cors.ts";
import { describeFailure, withoutSecrets } from "./failures.ts";
import { pathOf, Router } from "./router.ts";
import { configRoutes } from "./routes/configs.ts";
import { connectorRoutes } from "./routes/connectors.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { lifecycleRoutes } from "./routes/lifecycle.ts";
import { pluginRoutes } from "./routes/plugins.ts";
import { positionRoutes } from "./routes/positions.ts";
import { runtimeRoutes } from "./routes/runtime.ts";
import { tapRoutes } from "./routes/tap.ts";

/** What the API shows. It is asked anew for every request, so it answers while connectors are still being read. */
export interface ApiSubject {
  overview(): MetricsInput;
  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined;
  /** Findings about files that did not load. */
  errors(): readonly ConfigProblem[];
}

/** What the API changes; without it it only shows. */
export interface ApiControls {
  readonly administration: Administration;
  readonly validation: Validation;
  readonly catalog: PluginCatalog;
  readonly letters: Letters;
  readonly positions: Positions;
  readonly tap: TapHub;
  readonly events: RuntimeEvents;
  readonly readiness: Readiness;
}

export interface ApiOptions {
  readonly config: RuntimeConfig["http"];
  readonly subject: ApiSubject;
  readonly controls?: ApiControls;
  /** Keeps secrets out of errors. */
  readonly redact?: (text: string) => string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

/** Answers are of the moment, may be of configurations, and are what they say they are. */
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** The HTTP API; `routing` answers a request. Its framework is loaded here and not before. */
export async function createApi({
  config,
  subject,
  controls,
  redact = (text) => text,
  startedAt,
}: ApiOptions): Promise<FastifyInstance> {
  const { fastify } = await import("fastify");
  const app = fastify({
    logger: false,
    bodyLimit: config.max_body_size,
    routerOptions: { maxParamLength: 1024 },
  });
  const router = new Router(app);

  app.addHook("onRequest", async (request, reply) => {
    const cors = decideCors(config.cors, request);
    reply.headers({ ...HEADERS, ...cors.headers });
    if (cors.preflight) return reply.code(200).send();
    const open = request.routeOptions.config.public === true;
    if (!open && !authorised(request.headers["api-key"], config.api_key)) return reply.code(401).send();
    if (!request.is404) return;
    // Here and not in a handler: nobody reads the body of a request to nothing.
    const methods = router.allowed(pathOf(request));
    if (methods.length > 0) reply.header("allow", methods.join(", "));
    return reply.code(methods.length > 0 ? 405 : 404).send();
  });
  // Bodies are JSON or nothing.
  app.removeAllContentTypeParsers();
  // A request that says JSON and sends nothing has no body.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : JSON.parse(String(text)));
    } catch (error) {
      done(Object.assign(new Error(`The body is not JSON: ${(error as Error).message}`), { statusCode: 400 }));
    }
  });
  app.addHook("preSerialization", async (request, _reply, payload) =>
    request.routeOptions.config.exact === true ? payload : withoutSecrets(payload, redact),
  );
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = describeFailure(error);
    return reply.code(status).send(withoutSecrets(body, redact));
  });

  runtimeRoutes(router, { subject, metrics: config.metrics, startedAt });
  healthRoutes(router, controls?.readiness);
  for (const type of ["sink", "source"] as const) {
    connectorRoutes(router, type, subject);
    if (controls === undefined) continue;
    configRoutes(router, type, controls.administration);
    lifecycleRoutes(router, type, controls.administration, controls.validation);
    deadLetterRoutes(router, type, controls.letters);
    tapRoutes(router, type, subject, controls.tap, redact);
  }
  if (controls !== undefined) {
    pluginRoutes(router, controls.catalog);
    positionRoutes(router, controls.positions);
    eventRoutes(router, controls.events, redact);
  }
  documentationRoutes(router, { docs: config.docs, keyed: config.api_key !== "" });
  await app.ready();
  return app;
}
