import { z } from "zod";
import { METRICS_CONTENT_TYPE, renderMetrics } from "../../metrics/render.ts";
import { json } from "../openapi/operation.ts";
import type { RegisterRoutes } from "../register-routes.ts";
import { fileFindingSchema } from "../schemas/failure.ts";
import { statsSchema } from "../schemas/stats.ts";
import { problemShape } from "../shapes/connector.ts";
import { Stats } from "../stats.ts";

const TAG = { tag: "Runtime" } as const;
const text = { content: { "text/plain": z.string() } };

/** The process as a whole. */
export const routes: RegisterRoutes = (router, { subject, config: { metrics }, startedAt }) => {
  const stats = new Stats(startedAt);
  router.get(
    "/",
    {
      ...TAG,
      summary: "The name of the API",
      public: true,
      answers: { 200: { description: "The same text as in the original.", ...text } },
    },
    ({ reply }) => reply.type("text/plain; charset=utf-8").send("Connector Runtime API"),
  );
  router.get(
    "/stats",
    { ...TAG, summary: "Statistics of the process and its connectors", answers: { 200: json(statsSchema) } },
    () => stats.read(subject.overview()),
  );
  router.get(
    "/errors",
    {
      ...TAG,
      summary: "Configuration files that could not be loaded, and why",
      answers: { 200: json(z.array(fileFindingSchema)) },
    },
    () => subject.errors().map(problemShape),
  );
  if (!metrics.enabled) return;
  router.get(
    metrics.endpoint,
    { ...TAG, summary: "Metrics", answers: { 200: { description: "OpenMetrics text.", ...text } } },
    ({ reply }) => reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(subject.overview())),
  );
};
