import { z } from "zod";
import { DOCS_POLICY, renderDocs } from "../openapi/docs-page.ts";
import { describeApi } from "../openapi/document.ts";
import { json } from "../openapi/operation.ts";
import type { RegisterRoutes } from "../register-routes.ts";

/**
 * The description of the API, made on the first request. It describes the software and says nothing about this
 * installation, so with `http.docs` it is public: browsers cannot send the key. Without `http.docs` there is no page, and
 * the document requires the key like everything else.
 */
export const routes: RegisterRoutes = (router, { config: { docs, api_key } }) => {
  let made: ReturnType<typeof describeApi> | undefined;
  const document = (): ReturnType<typeof describeApi> => {
    made ??= describeApi(router.routes, { keyed: api_key !== "" });
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
      answers: { 200: { description: "An HTML page.", content: { "text/html": z.string() } } },
    },
    ({ reply }) =>
      reply
        .type("text/html; charset=utf-8")
        .header("content-security-policy", DOCS_POLICY)
        .send(renderDocs(document())),
  );
};
