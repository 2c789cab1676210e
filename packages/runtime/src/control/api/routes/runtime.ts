import { z } from "zod";
import type { RuntimeConfig } from "../../config/runtime-file/schema.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "../../metrics/render.ts";
import { json } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { fileFindingSchema } from "../schemas/failure.ts";
import { statsSchema } from "../schemas/stats.ts";
import type { ApiSubject } from "../server.ts";
import { problemShape } from "../shapes.ts";
import { Stats } from "../stats.ts";

const TAG = { tag: "Runtime" } as const;
const text = { content: { "text/plain": z.string() } };

export interface RuntimeRoutesOptions {
  readonly subject: ApiSubject;
  readonly metrics: RuntimeConfig["http"]["metrics"];
  readonly startedAt: number;
}

/** What the process as a whole does. */
export function runtimeRoutes(router: Router, { subject, metrics, startedAt }: RuntimeRoutesOptions): void {
  const stats = new Stats(startedAt);
  router.get(
    "/",
    {
      ...TAG,
      summary: "What this is",
      public: true,
      answers: { 200: { description: "The original's words.", ...text } },
    },
    ({ reply }) => reply.type("text/plain; charset=utf-8").send("Connector Runtime API"),
  );
  router.get(
    "/stats",
    { ...TAG, summary: "Numbers of the process and its connectors", answers: { 200: json(statsSchema) } },
    () => stats.read(subject.overview()),
  );
  router.get(
    "/errors",
    { ...TAG, summary: "Files that did not load, and why", answers: { 200: json(z.array(fileFindingSchema)) } },
    () => subject.errors().map(problemShape),
  );
  if (!metrics.enabled) return;
  router.get(
    metrics.endpoint,
    { ...TAG, summary: "Metrics", answers: { 200: { description: "OpenMetrics text.", ...text } } },
    ({ reply }) => reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(subject.overview())),
  );
}
