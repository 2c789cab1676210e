import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { escapePattern } from "../escape-pattern.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** Registers routes and remembers them, so that a wrong method can be told from a wrong path. */
export class Router {
  readonly #app: FastifyInstance;
  readonly #known: { readonly pattern: RegExp; readonly method: Method }[] = [];

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  /** `path` with `:name` for one segment. */
  on(method: Method, path: string, handler: Handler): void {
    const pattern = new RegExp(`^${escapePattern(path).replaceAll(/:\w+/g, "[^/]+")}/?$`);
    this.#known.push({ pattern, method });
    this.#app.route({ method, url: path, handler });
  }

  get(path: string, handler: Handler): void {
    this.on("GET", path, handler);
  }

  /** Methods that a path takes, for the header `allow`; empty: there is no such path. */
  allowed(path: string): readonly string[] {
    const methods = this.#known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
  }
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
