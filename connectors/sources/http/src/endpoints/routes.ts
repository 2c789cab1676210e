import { FatalError } from "@iggy-connectors/sdk";
import type { EndpointConfig, HttpSourceConfig } from "../config.ts";
import { bearer, type Credentials, createCredentials, openToAll } from "./credentials.ts";

/** Where senders may post, and what becomes of it. */
export interface Route {
  readonly path: string;
  readonly stream: string | undefined;
  readonly content: EndpointConfig["content"];
  readonly splitArrays: boolean;
  /** Lower-case. */
  readonly idHeaders: readonly string[];
  readonly credentials: Credentials;
  /** Whether there is no authentication. */
  readonly open: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

export class Routes {
  readonly #routes = new Map<string, Route>();

  /** @throws FatalError `IGC_SOURCE_HTTP_ENDPOINT` when two endpoints have one path. */
  constructor(config: HttpSourceConfig) {
    if (config.topic_path !== undefined) this.#add(topicRoute(config, config.topic_path));
    for (const endpoint of config.endpoints) this.#add(endpointRoute(endpoint));
  }

  /** Unknown and expired alike: undefined. */
  find(path: string): Route | undefined {
    const route = this.#routes.get(path);
    return route === undefined || Date.now() >= route.expiresAt ? undefined : route;
  }

  all(): Route[] {
    return [...this.#routes.values()];
  }

  #add(route: Route): void {
    if (this.#routes.has(route.path) || route.path === "/health") {
      throw new FatalError(`two endpoints have the path ${route.path}`, {
        code: "IGC_SOURCE_HTTP_ENDPOINT",
        place: "endpoints",
        fix: "give each endpoint its own path; /health is reserved",
      });
    }
    this.#routes.set(route.path, route);
  }
}

function topicRoute(config: HttpSourceConfig, topicPath: string): Route {
  const token = config.auth_bearer_token;
  return {
    ...contentOf(config),
    path: `/topics/${topicPath}`,
    credentials: token === undefined ? openToAll() : bearer(token),
    open: token === undefined,
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

function endpointRoute(endpoint: EndpointConfig): Route {
  return {
    ...contentOf(endpoint),
    path: endpoint.path ?? `/e/${endpoint.endpoint_id}`,
    credentials: createCredentials(endpoint),
    open: endpoint.auth_type === "none",
    expiresAt: endpoint.expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(endpoint.expires_at),
  };
}

function contentOf(
  config: Pick<EndpointConfig, "stream" | "content" | "split_arrays" | "id_headers">,
): Pick<Route, "stream" | "content" | "splitArrays" | "idHeaders"> {
  return {
    stream: config.stream,
    content: config.content,
    splitArrays: config.split_arrays,
    idHeaders: config.id_headers.map((name) => name.toLowerCase()),
  };
}
