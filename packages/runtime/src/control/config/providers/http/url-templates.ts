import type { ConnectorType } from "../../../../shared/task/task-spec.ts";

/** The operations of a remote store, with their methods and default paths. */
const OPERATIONS = {
  get_active_configs: ["GET", "/configs/active"],
  get_active_versions: ["GET", "/configs/active/versions"],
  create_sink: ["POST", "/sinks/{key}/configs"],
  create_source: ["POST", "/sources/{key}/configs"],
  set_active_sink: ["PUT", "/sinks/{key}/configs/active"],
  set_active_source: ["PUT", "/sources/{key}/configs/active"],
  get_sink_configs: ["GET", "/sinks/{key}/configs"],
  get_source_configs: ["GET", "/sources/{key}/configs"],
  get_sink_config: ["GET", "/sinks/{key}/configs/{version}"],
  get_source_config: ["GET", "/sources/{key}/configs/{version}"],
  get_active_sink_config: ["GET", "/sinks/{key}/configs/active"],
  get_active_source_config: ["GET", "/sources/{key}/configs/active"],
  delete_sink_config: ["DELETE", "/sinks/{key}/configs"],
  delete_source_config: ["DELETE", "/sources/{key}/configs"],
} as const satisfies Record<string, readonly [string, string]>;

export type Operation = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly Operation[];

export type UrlTemplates = Readonly<Record<string, string | undefined>>;

export interface Parameters {
  readonly key?: string;
  readonly version?: number;
}

/** The operation for one type of connector. */
export function operationOf(
  type: ConnectorType,
  what: "create" | "set_active" | "list" | "get" | "get_active" | "delete",
): Operation {
  switch (what) {
    case "list":
      return `get_${type}_configs`;
    case "get":
      return `get_${type}_config`;
    case "get_active":
      return `get_active_${type}_config`;
    case "delete":
      return `delete_${type}_config`;
    default:
      return `${what}_${type}`;
  }
}

export function methodOf(operation: Operation): string {
  return OPERATIONS[operation][0];
}

/**
 * The URL of an operation: the base, and the template with `{key}` and `{version}` filled in, encoded. The
 * version of a DELETE whose template does not contain it becomes a query parameter.
 */
export function urlOf(
  baseUrl: string,
  templates: UrlTemplates,
  operation: Operation,
  { key, version }: Parameters,
): string {
  let path: string = templates[operation] ?? OPERATIONS[operation][1];
  if (key !== undefined) path = path.replaceAll("{key}", encodeURIComponent(key));
  if (version !== undefined) {
    if (path.includes("{version}")) path = path.replaceAll("{version}", String(version));
    else if (methodOf(operation) === "DELETE") path += `${path.includes("?") ? "&" : "?"}version=${version}`;
  }
  return baseUrl + path;
}
