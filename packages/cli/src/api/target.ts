import { CliError } from "../cli-error.ts";
import { loadConfiguration } from "../configuration.ts";
import { nonEmpty } from "../environment.ts";
import { EXIT } from "../exit-codes.ts";
import type { CommonOptions } from "../options.ts";

/** Address and key of the API of a runtime. */
export interface ApiTarget {
  /** Without a slash at the end. */
  readonly url: string;
  readonly apiKey: string | undefined;
}

/** From the options, else from the configuration and the environment that `run` would use. Throws `CliError`. */
export async function findApi(options: CommonOptions): Promise<ApiTarget> {
  if (options.api !== undefined) {
    const apiKey = options.apiKey ?? nonEmpty(process.env.IGGY_CONNECTORS_HTTP_API_KEY);
    return { url: baseUrl(options.api), apiKey };
  }
  const { http } = (
    await loadConfiguration(options.config, "http", "correct the configuration, or name the runtime with --api")
  ).config;
  if (!http.enabled) {
    throw new CliError("the HTTP API is disabled in this configuration", {
      exitCode: EXIT.configuration,
      place: "http.enabled",
      fix: "set http.enabled = true and restart the runtime, or name another runtime with --api",
    });
  }
  const scheme = http.tls.enabled ? "https" : "http";
  return { url: `${scheme}://${reachable(http.address)}`, apiKey: options.apiKey ?? nonEmpty(http.api_key) };
}

/** The address to connect to. `0.0.0.0` and `[::]` stand for all addresses, and can only be bound to. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

function baseUrl(text: string): string {
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) {
    throw new CliError(`${JSON.stringify(text)} is not an API address`, {
      exitCode: EXIT.usage,
      place: "--api",
      fix: "use the form http://127.0.0.1:8081",
    });
  }
  return full.replace(/\/+$/, "");
}
