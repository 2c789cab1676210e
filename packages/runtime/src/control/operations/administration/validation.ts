import { isTable } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { isValid } from "../../config/connector-files/definition.ts";
import type { ConfigProvider } from "../../config/providers/provider.ts";
import type { RuntimeConfig } from "../../config/runtime-file/schema.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { checkConnector } from "../../plugins/check-connector.ts";
import { findingShape } from "../refusal.ts";
import type { Acceptance } from "./acceptance.ts";

export interface ValidationOptions {
  readonly provider: ConfigProvider;
  readonly acceptance: Acceptance;
  readonly catalog: PluginCatalog;
  readonly runtime: RuntimeConfig;
  readonly workingDirectory: string;
}

/** Checks whether a configuration would run: its own keys, then the settings of its plugin, and on request the connection. */
export class Validation {
  readonly #options: ValidationOptions;

  constructor(options: ValidationOptions) {
    this.#options = options;
  }

  async validate(type: ConnectorType, body: unknown, connect: boolean) {
    const { provider, acceptance, ...check } = this.#options;
    const key = isTable(body) && typeof body.key === "string" && body.key !== "" ? body.key : "validated";
    const id = { type, key };
    const { connector, problems } = await acceptance.check(id, await provider.open(id), body);
    const findings = [...problems];
    if (findings.every(({ severity }) => severity !== "error") && isValid(connector)) {
      findings.push(...(await checkConnector(connector, { ...check, connect })).findings);
    }
    return { valid: findings.every(({ severity }) => severity !== "error"), findings: findings.map(findingShape) };
  }
}
