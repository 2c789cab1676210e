import { resolve } from "node:path";
import type { AllowedModules } from "../../plugins/allowed-modules.ts";
import type { RequestTracing } from "../../telemetry/telemetry.ts";
import type { LoadedRuntimeConfig } from "../runtime-file/load.ts";
import { HttpProvider } from "./http/http-provider.ts";
import { LocalProvider } from "./local/local-provider.ts";
import type { ConfigProvider } from "./provider.ts";

export interface ProviderContext {
  readonly workingDirectory: string;
  /** Code that a remote store may name. */
  readonly modules: AllowedModules;
  /** Told of every value that came from a secret file. */
  readonly secret: (value: string) => void;
  /** Aborted when no more requests may be sent. */
  readonly ended: AbortSignal;
  /** Traces each request to a remote store. */
  readonly tracing?: RequestTracing | undefined;
}

/** The provider that `connectors.config_type` names. */
export function createProvider(
  { config, environment, strict, file }: LoadedRuntimeConfig,
  { workingDirectory, modules, secret, ended, tracing }: ProviderContext,
): ConfigProvider {
  const { connectors } = config;
  const reading = { environment, workingDirectory, strict, secret };
  if (connectors.config_type === "http") {
    return new HttpProvider({
      ...reading,
      settings: { ...connectors, base_url: connectors.base_url ?? "" },
      pollInterval: connectors.poll_interval,
      ended,
      modules,
      tracing,
    });
  }
  return new LocalProvider({
    ...reading,
    folder: resolve(workingDirectory, connectors.config_dir),
    runtimeFile: file,
    watch: connectors.reload,
  });
}
