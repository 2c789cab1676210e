import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Redaction } from "../../shared/redaction.ts";
import { PluginCatalog } from "../plugins/catalog.ts";
import type { ConnectorSet } from "./connector-files/connector-set.ts";
import { createProvider } from "./providers/create-provider.ts";
import { type LoadedRuntimeConfig, loadRuntimeConfig } from "./runtime-file/load.ts";

export interface InspectionSite {
  readonly configPath?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
}

/** A configuration that is looked at without being run. */
export interface InspectedConfiguration {
  readonly loaded: LoadedRuntimeConfig;
  readonly catalog: PluginCatalog;
  /** Keeps secrets out of what is told. */
  readonly redaction: Redaction;
  /** Reads the connectors, once. Rejects with `ConfigurationError` or `ProviderError`. */
  connectors(): Promise<ConnectorSet>;
}

/** Throws `ConfigurationError` when the runtime's own file cannot be used. */
export async function inspectConfiguration(site: InspectionSite): Promise<InspectedConfiguration> {
  const { workingDirectory } = site;
  const loaded = await loadRuntimeConfig(site);
  const { config } = loaded;
  const redaction = new Redaction();
  for (const secret of [config.http.api_key, config.iggy.password, config.iggy.token, ...loaded.secrets]) {
    redaction.add(secret);
  }
  const catalog = new PluginCatalog(
    {
      configDirectory: resolve(workingDirectory, config.connectors.config_dir),
      workingDirectory,
      runtimeModules: [fileURLToPath(import.meta.url), ...(process.argv[1] === undefined ? [] : [process.argv[1]])],
    },
    loaded.environment,
  );
  return {
    loaded,
    catalog,
    redaction,
    async connectors() {
      const ended = new AbortController();
      const secret = (value: string): void => redaction.add(value);
      const provider = createProvider(loaded, { workingDirectory, secret, ended: ended.signal });
      try {
        return await provider.load();
      } finally {
        ended.abort();
      }
    },
  };
}
