import type { KeyPath } from "../../../shared/key-path.ts";
import { SIGNALS } from "../../telemetry/telemetry.ts";
import { isLoopback, parseAddress } from "../address.ts";
import type { RuntimeConfig } from "./schema.ts";

export interface FailedCheck {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "CONNECT",
  "PATCH",
  "TRACE",
]);
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Checks what a schema cannot express: addresses, and keys that depend on each other. */
export function checkRuntimeConfig(config: RuntimeConfig): FailedCheck[] {
  const failed: FailedCheck[] = [];
  const fail = (path: KeyPath, message: string, fix: string): void => {
    failed.push({ path, message, fix });
  };
  const { http, iggy, connectors } = config;

  if (connectors.config_type === "local" && connectors.config_dir === "") {
    fail(["connectors", "config_dir"], "must name the folder of the connector files", 'add config_dir = "connectors"');
  }
  if (connectors.config_type === "http") {
    const url = connectors.base_url ?? "";
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      const found =
        url === "" ? "must be the address of the configuration API" : `${JSON.stringify(url)} is not an HTTP URL`;
      fail(["connectors", "base_url"], found, 'write it like "http://config.internal:8080/api"');
    }
  }
  if (parseAddress(iggy.address) === undefined) {
    fail(["iggy", "address"], `${JSON.stringify(iggy.address)} is not host:port`, 'write it like "localhost:8090"');
  }
  if (http.enabled) {
    const address = parseAddress(http.address);
    if (address === undefined) {
      fail(["http", "address"], `${JSON.stringify(http.address)} is not host:port`, 'write it like "127.0.0.1:8081"');
    } else if (!isLoopback(address.host) && http.api_key === "" && !http.allow_insecure) {
      const fix = "set http.api_key, bind to 127.0.0.1, or set http.allow_insecure = true";
      fail(["http", "address"], `${http.address} is reachable from other machines and no API key is set`, fix);
    }
    http.allowed_hosts.forEach((name, index) => {
      if (HOST_NAME.test(name)) return;
      const found = name === "*" ? "names cannot be replaced by *" : `${JSON.stringify(name)} is not a host name`;
      fail(["http", "allowed_hosts", index], found, 'write the name alone, like "connectors.internal"');
    });
    if (!http.metrics.endpoint.startsWith("/")) {
      fail(["http", "metrics", "endpoint"], "must begin with /", 'write it like "/metrics"');
    }
  }
  if (http.cors.enabled) {
    const { allowed_methods, allowed_origins, allowed_headers, exposed_headers, allow_credentials } = http.cors;
    allowed_methods.forEach((method, index) => {
      if (method !== "" && !METHODS.has(method.toUpperCase())) {
        fail(
          ["http", "cors", "allowed_methods", index],
          `${JSON.stringify(method)} is not an HTTP method`,
          "remove it",
        );
      }
    });
    for (const [key, names] of Object.entries({ allowed_headers, exposed_headers })) {
      names.forEach((name, index) => {
        if (name !== "" && name !== "*" && !HEADER_NAME.test(name)) {
          fail(["http", "cors", key, index], `${JSON.stringify(name)} is not a header name`, "remove it");
        }
      });
    }
    if (allow_credentials && allowed_origins[0] === "*") {
      const fix = "name the origins in allowed_origins";
      fail(["http", "cors", "allow_credentials"], "credentials cannot be allowed for all origins", fix);
    }
  }
  checkTelemetry(config.telemetry, fail);
  return failed;
}

function checkTelemetry(
  telemetry: RuntimeConfig["telemetry"],
  fail: (path: KeyPath, message: string, fix: string) => void,
) {
  if (!telemetry.enabled) {
    if (telemetry.metrics.enabled) {
      fail(
        ["telemetry", "metrics", "enabled"],
        "metrics are exported only if telemetry is enabled",
        "set telemetry.enabled = true",
      );
    }
    return;
  }
  for (const signal of SIGNALS) {
    if (signal === "metrics" && !telemetry.metrics.enabled) continue;
    const { endpoint, transport } = telemetry[signal];
    const path = ["telemetry", signal, "endpoint"];
    if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
      fail(path, `${JSON.stringify(endpoint)} is not an HTTP URL`, 'write it like "http://localhost:4317"');
    } else if (transport === "grpc" && new URL(endpoint).pathname !== "/") {
      fail(path, "the endpoint of gRPC must not have a path", 'remove the path, or set transport = "http"');
    }
  }
}
