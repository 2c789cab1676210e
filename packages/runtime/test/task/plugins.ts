import type { SinkDefinition, SourceDefinition } from "@iggy-connectors/sdk";

const registry: unknown[] = [];
Object.assign(globalThis, { [Symbol.for("@iggy-connectors/runtime.test-plugins")]: registry });

/** A module URL that exports a definition made in this thread, so that a test can script a plugin with closures. */
export function pluginUrl(definition: unknown): string {
  registry.push(definition);
  const code = `export default globalThis[Symbol.for("@iggy-connectors/runtime.test-plugins")][${registry.length - 1}];`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** A schema that takes any configuration. */
const ANYTHING: SinkDefinition["config"] = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({}), output: () => ({}) },
  },
};

export function sinkDefinition(create: SinkDefinition["create"]): SinkDefinition {
  return {
    type: "sink",
    name: "scripted",
    version: "1.0.0",
    description: "A sink for tests",
    schemas: ["raw", "json", "text"],
    delivery: "at-least-once",
    config: ANYTHING,
    create,
  };
}

export function sourceDefinition(
  create: SourceDefinition["create"],
  more: Partial<Pick<SourceDefinition, "importState" | "checkpoints">> = {},
): SourceDefinition {
  return {
    type: "source",
    name: "scripted",
    version: "1.0.0",
    description: "A source for tests",
    schemas: ["raw", "json", "text"],
    delivery: "at-least-once",
    config: ANYTHING,
    create,
    ...more,
  };
}
