import { z } from "zod";
import { DOCS_POLICY, renderDocs } from "../openapi/docs-page.ts";
import { describeApi } from "../openapi/document.ts";
import { json } from "../openapi/operation.ts";
import type { Router } from "../router.ts";

/**
 * The API's own description, made when somebody asks. It tells of the software and nothing of this installation, so that
 * `http.docs` can show it to browsers, which cannot send a key; without `http.docs` there is no page, and the document
 * needs the key as everything else.
 */
export function documentationRoutes(router: Router, { docs, keyed }: { docs: boolean; keyed: boolean }): void {
  let made: ReturnType<typeof describeApi> | undefined;
  const document = (): ReturnType<typeof describeApi> => {
    made ??= describeApi(router.routes, { keyed });
    return made;
  };
  router.get(
    "/openapi.json",
    {
      tag: "Runtime",
      summary: "This description",
      public: docs,
      answers: { 200: json(z.record(z.string(), z.unknown()), "OpenAPI 3.1.") },
    },
    document,
  );
  if (!docs) return;
  router.get(
    "/docs",
    {
      tag: "Runtime",
      summary: "This description as a page",
      public: true,
      answers: { 200: { description: "A page.", content: { "text/html": z.string() } } },
    },
    ({ reply }) =>
      reply
        .type("text/html; charset=utf-8")
        .header("content-security-policy", DOCS_POLICY)
        .send(renderDocs(document())),
  );
}
