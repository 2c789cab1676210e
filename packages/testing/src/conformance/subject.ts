import assert from "node:assert/strict";
import type { Schema } from "@iggy-connectors/sdk";
import { eventually } from "../eventually.ts";
import type { RuntimeProcess } from "../processes/runtime-process.ts";
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

/**
 * Where the tasks of a subject run. With `process` not the runtime is killed at a step but the connector's own process, at every
 * third pass, and the runtime starts it again each time.
 */
export type SubjectIsolation = "thread" | "shared" | "process";

/** Both subjects work with this topic. */
export const TOPIC = { stream: "conformance", topic: "messages" } as const;

/** The whole connector file. `stream` holds the keys of its stream that differ between sinks and sources. */
export function subjectFile(
  type: "sink" | "source",
  file: SubjectFile,
  stream: string,
  isolation?: SubjectIsolation,
): string {
  return `type = "${type}"
key = "subject"
enabled = true
version = 0
name = "Subject"
path = "${file.path}"
${isolation === undefined ? "" : `isolation = "${isolation}"`}
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

/** Runs the subject until the runtime is killed (SIGKILL) at its third pass of a step. */
export async function killAt(
  step: string,
  environment: TestEnvironment,
  connector: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<void> {
  const failing = { ...variables, ...failAt(step) };
  await using killed = await environment.runtime({ "subject.toml": connector }, failing);
  assert.equal(await killed.exited, "SIGKILL", `the runtime passes ${step} three times:\n${killed.output}`);
}

/** Runs the subject, whose own process is killed (SIGKILL) at each third pass of a step and started again by the runtime. */
export function killOwnProcessAt(
  step: string,
  environment: TestEnvironment,
  connector: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<RuntimeProcess> {
  const failing = {
    ...variables,
    ...failAt(step),
    IGGY_CONNECTORS_CONNECTORS_RESTART_INITIAL_BACKOFF: "10ms",
    IGGY_CONNECTORS_CONNECTORS_RESTART_MAX_BACKOFF: "10ms",
  };
  return environment.runtime({ "subject.toml": connector }, failing);
}

/** Resolves when `killOwnProcessAt` has done what it is for. */
export async function ownProcessKilled(step: string, runtime: RuntimeProcess): Promise<void> {
  await eventually(() => runtime.output.includes("the process ended by SIGKILL) and is restarted"), {
    what: `a third pass of ${step}`,
  });
}

const failAt = (step: string): NodeJS.ProcessEnv => ({ IGGY_CONNECTORS_FAILPOINT: `${step}:kill@3` });
