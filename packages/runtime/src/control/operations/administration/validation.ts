import { isTable } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { isLoaded } from "../../config/connector-files/definition.ts";
import type { RuntimeConfig } from "../../config/runtime-file/schema.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { checkConnector } from "../../plugins/check-connector.ts";
import type { Acceptance } from "./acceptance.ts";
import { findingShape } from "../refusal.ts";

export interface ValidationOptions {
  readonly acceptance: Acceptance;
  readonly catalog: PluginCatalog;
  readonly runtime: RuntimeConfig;
  readonly workingDirectory: string;
}

/** Whether a configuration would run: its file's keys, then its plugin's settings, and on request the connection itself. */
export class Validation {
  readonly #options: ValidationOptions;

  constructor(options: ValidationOptions) {
    this.#options = options;
  }

  async validate(type: ConnectorType, body: unknown, connect: boolean) {
    const { acceptance, ...check } = this.#options;
    const key = isTable(body) && typeof body.key === "string" && body.key !== "" ? body.key : "validated";
    const { connector, problems } = await acceptance.look({ type, key }, body);
    const findings = [...problems];
    if (findings.every(({ severity }) => severity !== "error") && isLoaded(connector)) {
      findings.push(...(await checkConnector(connector, { ...check, connect })).findings);
    }
    return { valid: findings.every(({ severity }) => severity !== "error"), findings: findings.map(findingShape) };
  }
}
