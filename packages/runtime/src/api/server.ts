import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { escapePattern } from "../escape-pattern.ts";
import type { MetricsInput } from "../metrics/render.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "../metrics/render.ts";
import type { ConnectorSnapshot } from "../supervisor/snapshot.ts";
import type { ConnectorType } from "../task/protocol.ts";
import { authorised } from "./auth.ts";
import { decideCors } from "./cors.ts";
import { connectorDetails, connectorInfo, connectorStatus, problemShape } from "./shapes.ts";
import { Stats } from "./stats.ts";

/** What the API shows. It is asked anew for every request, so it answers while connectors are still being read. */
export interface ApiSubject {
  overview(): MetricsInput;
  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined;
  /** Findings about files that did not load. */
  errors(): readonly ConfigProblem[];
}

export interface ApiOptions {
  readonly config: RuntimeConfig["http"];
  readonly subject: ApiSubject;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** The HTTP API; `routing` answers a request. Its framework is loaded here and not before. */
export async function createApi({ config, subject, startedAt }: ApiOptions): Promise<FastifyInstance> {
  const { fastify } = await import("fastify");
  const app = fastify({
    logger: false,
    bodyLimit: config.max_body_size,
    routerOptions: { maxParamLength: 1024 },
  });
  const paths: RegExp[] = [];
  const get = (path: string, handler: Handler): void => {
    paths.push(new RegExp(`^${escapePattern(path).replaceAll(/:\w+/g, "[^/]+")}/?$`));
    app.get(path, handler);
  };

  app.addHook("onRequest", async (request, reply) => {
    const cors = decideCors(config.cors, request);
    reply.headers(cors.headers);
    if (cors.preflight) return reply.code(200).send();
    if (!authorised(pathOf(request), request.headers["api-key"], config.api_key)) return reply.code(401).send();
  });
  app.setNotFoundHandler((request, reply) => {
    const known = paths.some((pattern) => pattern.test(pathOf(request)));
    if (known) reply.header("allow", "GET, HEAD");
    return reply.code(known ? 405 : 404).send();
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    const reason = status >= 500 ? "The request could not be answered" : error.message;
    return reply.code(status).send({ code: "error", reason });
  });

  const stats = new Stats(startedAt);
  get("/", (_request, reply) => reply.type("text/plain; charset=utf-8").send("Connector Runtime API"));
  get("/health", () => ({ status: "healthy" }));
  get("/stats", () => stats.read(subject.overview()));
  get("/errors", () => subject.errors().map(problemShape));
  if (config.metrics.enabled) {
    get(config.metrics.endpoint, (_request, reply) =>
      reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(subject.overview())),
    );
  }
  for (const type of ["sink", "source"] as const) {
    const one = (shape: (snapshot: ConnectorSnapshot) => unknown): Handler => {
      return (request, reply) => {
        const { key } = request.params as { readonly key: string };
        const snapshot = subject.connector(type, key);
        if (snapshot !== undefined) return shape(snapshot);
        const label = type === "sink" ? "Sink" : "Source";
        return reply.code(404).send({ code: `${type}_not_found`, reason: `${label} with key: ${key} not found.` });
      };
    };
    get(`/${type}s`, () =>
      subject
        .overview()
        .connectors.filter((info) => info.type === type)
        .map(connectorInfo),
    );
    get(`/${type}s/:key`, one(connectorDetails));
    get(`/${type}s/:key/status`, one(connectorStatus));
  }
  await app.ready();
  return app;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
