import type { FastifyInstance, FastifyRequest } from "fastify";
import { escapePattern } from "../../shared/escape-pattern.ts";
import { parseInput } from "./input.ts";
import type { Route } from "./openapi/document.ts";
import type { Call, Method, Operation, Result } from "./openapi/operation.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** No API key is required. */
    readonly public?: boolean;
    /** The response is sent without redaction. */
    readonly exact?: boolean;
  }
}

/**
 * Registers routes with what they accept and answer. It keeps a list of them, from which the API is described and a wrong
 * method is told from a wrong path.
 */
export class Router {
  readonly #app: FastifyInstance;
  readonly #routes: (Route & { readonly pattern: RegExp })[] = [];

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** `:name` in `path` stands for one segment. The handler gets input that the schemas of its operation accept. */
  on<Of extends Operation>(method: Method, path: string, operation: Of, handler: (call: Call<Of>) => Result<Of>): void {
    const pattern = new RegExp(`^${escapePattern(path).replaceAll(/:\w+/g, "[^/]+")}/?$`);
    this.#routes.push({ method, path, operation, pattern });
    this.#app.route({
      method,
      url: path,
      config: { public: operation.public === true, exact: operation.exact === true },
      handler: (request, reply) => {
        const input = {
          path: operation.path && parseInput(operation.path, request.params, "path"),
          query: operation.query && parseInput(operation.query, request.query, "query"),
          body: operation.body && parseInput(operation.body, request.body, "body"),
        };
        return handler({ ...input, request, reply } as Call<Of>);
      },
    });
  }

  get<Of extends Operation>(path: string, operation: Of, handler: (call: Call<Of>) => Result<Of>): void {
    this.on("GET", path, operation, handler);
  }

  /** Methods of a path, for the header `allow`. Empty if no such path exists. */
  allowed(path: string): readonly string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
  }
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
