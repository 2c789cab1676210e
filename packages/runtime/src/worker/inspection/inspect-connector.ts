import type { Codec } from "@iggy-connectors/codecs";
import type { CheckResult } from "@iggy-connectors/sdk";
import { describeError, toTaskError } from "../../shared/errors.ts";
import type { InspectionFinding } from "../../shared/jobs/inspection.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { loadCodec } from "../compile/codecs.ts";
import { compileTaskTransforms } from "../compile/transforms.ts";
import type { LoadedPlugin } from "../plugin/load.ts";
import { Task } from "../task/task.ts";

/** Any registry can be asked for this id; whether such a schema exists does not matter. */
const SOME_ID: ReadonlySet<number> = new Set([1]);

/** Whether a connector's transforms and codecs load and compile; `connect`: also whether its schema registries answer. */
export async function inspectSteps(spec: TaskSpec, connect: boolean): Promise<InspectionFinding[]> {
  const findings: InspectionFinding[] = [];
  const failed = (error: unknown, key: string): void => {
    const { code, message, place, fix } = toTaskError(error);
    // The key says more than a place that only names the file.
    const where = place?.includes(key) === true ? place : key;
    findings.push({ level: "error", code, message, place: where, fix });
  };
  try {
    const { warnings } = await compileTaskTransforms(spec);
    for (const { key, message } of warnings) {
      findings.push({ level: "warning", code: "IGC_CONFIG_TRANSFORM_STRANGE", place: key, message });
    }
  } catch (error) {
    failed(error, "transforms");
  }
  const task = new Task({ ...spec, rehearsal: true }, () => {});
  try {
    for (const [index, { stream, topic }] of streamsOf(spec).entries()) {
      try {
        const codec = await loadCodec(task, stream, topic);
        if (connect) await askRegistry(codec, spec);
      } catch (error) {
        failed(error, `streams[${index}]`);
      }
    }
  } finally {
    task.end();
  }
  return findings;
}

function streamsOf({ sinkStreams, sourceStreams }: TaskSpec) {
  return [
    ...sinkStreams.map((stream) => ({ stream, topic: stream.topics[0] ?? stream.stream })),
    ...sourceStreams.map((stream) => ({ stream, topic: stream.topic })),
  ];
}

async function askRegistry({ remote }: Codec, { type, startTimeout }: TaskSpec): Promise<void> {
  if (remote === undefined) return;
  const signal = AbortSignal.timeout(startTimeout);
  if (type === "source" || remote.readsCurrent) await remote.fetchCurrent(signal);
  else await remote.fetch(SOME_ID, signal);
}

/** What the plugin's own check of its destination or origin found. */
interface PluginFindings {
  readonly findings: readonly InspectionFinding[];
  readonly delivery?: CheckResult["delivery"];
}

/** Runs the plugin's own check. Undefined: it has none. */
export async function inspectPlugin(
  { definition, config }: LoadedPlugin,
  spec: TaskSpec,
): Promise<PluginFindings | undefined> {
  const task = new Task(spec, () => {});
  const connector = definition.create(config as never, task.connectorContext);
  if (connector.check === undefined) return undefined;
  try {
    const { findings, delivery } = await connector.check({ signal: AbortSignal.timeout(spec.startTimeout) });
    return {
      findings: findings.map(({ level, message, fix }) => ({ level, code: "IGC_PLUGIN_CHECK", message, fix })),
      ...(delivery === undefined ? {} : { delivery }),
    };
  } catch (error) {
    const { message } = describeError(error);
    return { findings: [{ level: "error", code: "IGC_PLUGIN_CHECK", message, fix: toTaskError(error).fix }] };
  } finally {
    await connector.close?.();
    task.end();
  }
}
