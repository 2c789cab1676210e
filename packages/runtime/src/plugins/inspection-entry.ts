import { parentPort, workerData } from "node:worker_threads";
import type { CheckFinding, ConnectorContext } from "@iggy-connectors/sdk";
import { toTaskError } from "../delivery/errors.ts";
import { compileTaskTransforms } from "../delivery/transforms.ts";
import type { PluginDescription, TaskSpec } from "../task/protocol.ts";
import { TaskLogger } from "../task/task-logger.ts";
import { TaskMetrics } from "../task/task-metrics.ts";
import type { InspectionReply, InspectionRequest } from "./inspection.ts";
import { describePlugin, type LoadedPlugin, loadPlugin } from "./load.ts";

const port = parentPort;
if (port === null) throw new Error("an inspection runs in a worker thread");

port.postMessage(await answer(workerData as InspectionRequest));
// Whatever the plugin left open must not keep the thread.
process.exit(0);

async function answer(request: InspectionRequest): Promise<InspectionReply> {
  let plugin: PluginDescription | undefined;
  try {
    plugin = await describePlugin(request.kind === "describe" ? request.site : request.spec);
    if (request.kind === "describe") return { plugin, error: undefined, findings: [], connected: false };
    const loaded = await loadPlugin(request.spec);
    const { warnings } = await compileTaskTransforms(request.spec);
    const strange = warnings.map(
      ({ key, message }): CheckFinding => ({ level: "warning", message: `${key}: ${message}` }),
    );
    const findings = request.connect ? await check(loaded, request.spec) : undefined;
    return { plugin, error: undefined, findings: [...strange, ...(findings ?? [])], connected: findings !== undefined };
  } catch (error) {
    return { plugin, error: toTaskError(error), findings: [], connected: false };
  }
}

/** Undefined: the plugin has no check. */
async function check(
  { definition, config }: LoadedPlugin,
  spec: TaskSpec,
): Promise<readonly CheckFinding[] | undefined> {
  const { signal } = new AbortController();
  const ignore = (): void => {};
  const context: ConnectorContext = {
    key: spec.key,
    task: 0,
    logger: new TaskLogger("error", ignore),
    metrics: new TaskMetrics(ignore),
    signal,
    workingDirectory: spec.workingDirectory,
  };
  const connector = definition.create(config as never, context);
  if (connector.check === undefined) return undefined;
  try {
    const deadline = AbortSignal.timeout(spec.startTimeout);
    return (await connector.check({ signal: deadline })).findings;
  } finally {
    await connector.close?.();
  }
}
