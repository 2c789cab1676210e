import type { Logger } from "@iggy-connectors/sdk";
import type { FastifyInstance } from "fastify";
import { parseExactJson, printExactJson } from "../../shared/exact-json.ts";
import { UnusableValue } from "../../shared/plain-value.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { refusalOf } from "./admission.ts";
import { authorised } from "./auth.ts";
import { decideCors } from "./cors.ts";
import type { ApiControls, ApiSubject } from "./dependencies.ts";
import { describeFailure, unlessNotLoaded } from "./failures.ts";
import { redactValue } from "./redact-value.ts";
import { pathOf, Router } from "./router.ts";
import { ROUTES } from "./routes/index.ts";

export interface ApiOptions {
  readonly config: RuntimeConfig["http"];
  readonly subject: ApiSubject;
  /** Absent: the API only shows the current state. */
  readonly controls?: ApiControls;
  /** Removes secrets from a text. */
  readonly redact?: (text: string) => string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Whether it is known which connectors there are: until then none is unknown. Default: it is. */
  readonly loaded?: () => boolean;
  /** Told of failures that the response does not explain. */
  readonly log?: Logger;
}

/** Responses show the current state and may contain configurations, so they must not be cached. */
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Creates the HTTP API, whose `routing` answers a request. The framework is loaded here and not earlier. */
export async function createApi({
  config,
  subject,
  controls,
  redact = (text) => text,
  startedAt,
  loaded = () => true,
  log,
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
    const refusal = refusalOf(config, { method: request.method, url: request.originalUrl, headers: request.headers });
    if (refusal !== undefined) throw refusal;
    if (cors.preflight) return reply.code(200).send();
    const isPublic = request.routeOptions.config.public === true;
    if (!isPublic && !authorised(request.headers["api-key"], config.api_key)) return reply.code(401).send();
    if (!request.is404) return;
    // Answered here and not in a handler, so that the body of such a request is not read.
    const methods = router.allowed(pathOf(request));
    if (methods.length > 0) reply.header("allow", methods.join(", "));
    return reply.code(methods.length > 0 ? 405 : 404).send();
  });
  // Only JSON bodies are accepted.
  app.removeAllContentTypeParsers();
  // A request of content type JSON may be empty: it has no body.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, text === "" ? undefined : parseExactJson(String(text)));
    } catch (error) {
      const problem = error instanceof UnusableValue ? "cannot be used" : "is not JSON";
      done(Object.assign(new Error(`The body ${problem}: ${(error as Error).message}`), { statusCode: 400 }));
    }
  });
  app.setReplySerializer((payload) => printExactJson(payload));
  app.addHook("preSerialization", async (request, _reply, payload) =>
    request.routeOptions.config.exact === true ? payload : redactValue(payload, redact),
  );
  app.setErrorHandler((error, { method, url }, reply) => {
    const { status, body, foreseen } = loaded() ? describeFailure(error) : describeFailure(unlessNotLoaded(error));
    if (!foreseen) {
      const { stack = String(error) } = error as Error;
      log?.error("a request to the HTTP API failed because of an internal error", {
        method,
        path: url.split("?", 1)[0],
        error: stack,
      });
    }
    return reply.code(status).send(redactValue(body, redact));
  });

  for (const register of ROUTES) register(router, { config, subject, controls, redact, startedAt });
  await app.ready();
  return app;
}
