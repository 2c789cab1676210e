import type { FastifyInstance, FastifyRequest } from "fastify";
import { escapePattern } from "../../shared/escape-pattern.ts";
import { parseInput } from "./input.ts";
import type { Route } from "./openapi/document.ts";
import type { Call, Method, Operation } from "./openapi/operation.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Needs no key. */
    readonly public?: boolean;
    /** Is answered as it is. */
    readonly exact?: boolean;
  }
}

/** Registers routes with what they take and answer, and remembers them: to describe the API, and to tell a wrong method from a wrong path. */
export class Router {
  readonly #app: FastifyInstance;
  readonly #routes: (Route & { readonly pattern: RegExp })[] = [];

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** `path` with `:name` for one segment. The handler is called with input that its operation's schemas accept. */
  on<Described extends Operation>(
    method: Method,
    path: string,
    operation: Described,
    handler: (call: Call<Described>) => unknown,
  ): void {
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
        return handler({ ...input, request, reply } as Call<Described>);
      },
    });
  }

  get<Described extends Operation>(
    path: string,
    operation: Described,
    handler: (call: Call<Described>) => unknown,
  ): void {
    this.on("GET", path, operation, handler);
  }

  /** Methods that a path takes, for the header `allow`; empty: there is no such path. */
  allowed(path: string): readonly string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
  }
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
