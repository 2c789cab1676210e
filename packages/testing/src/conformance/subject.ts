import assert from "node:assert/strict";
import type { Schema } from "@iggy-connectors/sdk";
import type { TestEnvironment } from "../processes/test-environment.ts";

/** What the kit does not know about the connector file of its subject. All texts are TOML. */
export interface SubjectFile {
  /** As in a connector file. */
  readonly path: string;
  /** Default `raw`. */
  readonly schema?: Schema;
  /** More keys of the connector, such as `flush_interval`. */
  readonly settings?: string;
  /** The content of `[plugin_config]`. */
  readonly plugin_config: string;
}

/** Both subjects work with this topic. */
export const TOPIC = { stream: "conformance", topic: "messages" } as const;

/** The whole connector file. `stream` holds the keys of its stream that differ between sinks and sources. */
export function subjectFile(type: "sink" | "source", file: SubjectFile, stream: string): string {
  return `type = "${type}"
key = "subject"
enabled = true
version = 0
name = "Subject"
path = "${file.path}"
${file.settings ?? ""}
[[streams]]
stream = "${TOPIC.stream}"
${stream}
schema = "${file.schema ?? "raw"}"
batch_length = 100
[plugin_config]
${file.plugin_config}
`;
}

/** Runs the subject until it is killed (SIGKILL) at its third pass of a step. */
export async function killAt(
  step: string,
  environment: TestEnvironment,
  connector: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<void> {
  const failing = { ...variables, IGGY_CONNECTORS_FAILPOINT: `${step}:kill@3` };
  await using killed = await environment.runtime({ "subject.toml": connector }, failing);
  assert.equal(await killed.exited, "SIGKILL", `the runtime passes ${step} three times:\n${killed.output}`);
}
