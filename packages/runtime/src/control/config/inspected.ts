import { resolve } from "node:path";
import { Redaction } from "../../shared/redaction.ts";
import { AllowedModules } from "../plugins/allowed-modules.ts";
import { PluginCatalog } from "../plugins/catalog.ts";
import type { ConnectorSet } from "./connector-set/connector-set.ts";
import { createProvider } from "./providers/create-provider.ts";
import { type LoadedRuntimeConfig, loadRuntimeConfig } from "./runtime-file/load.ts";

/** Which configuration is inspected. */
export interface InspectionOptions {
  readonly configPath?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are warnings, whatever `strict` says. */
  readonly lenient?: boolean;
}

/** A configuration that is read without being run. */
export interface InspectedConfiguration {
  readonly loaded: LoadedRuntimeConfig;
  readonly catalog: PluginCatalog;
  /** Masks the secrets in what is shown. */
  readonly redaction: Redaction;
  /** Reads the connectors, once. Rejects with `ConfigurationError` or `ProviderError`. */
  connectors(): Promise<ConnectorSet>;
}

/** Throws `ConfigurationError` when the runtime's own file cannot be used. */
export async function inspectConfiguration(options: InspectionOptions): Promise<InspectedConfiguration> {
  const { workingDirectory } = options;
  const loaded = await loadRuntimeConfig(options);
  const { config } = loaded;
  const redaction = new Redaction();
  for (const secret of loaded.secrets) redaction.add(secret);
  const configDirectory = resolve(workingDirectory, config.connectors.config_dir);
  const catalog = new PluginCatalog({ configDirectory, workingDirectory }, loaded.environment);
  return {
    loaded,
    catalog,
    redaction,
    async connectors() {
      const ended = new AbortController();
      const secret = (value: string): void => redaction.add(value);
      const modules = new AllowedModules({
        ...{ catalog, workingDirectory, configDirectory },
        allowedPaths: config.connectors.allowed_paths,
      });
      const provider = createProvider(loaded, { workingDirectory, modules, secret, ended: ended.signal });
      try {
        return await provider.load();
      } finally {
        ended.abort();
      }
    },
  };
}
