import { parentPort, workerData } from "node:worker_threads";
import { toTaskError } from "../../shared/errors.ts";
import type { InspectionFinding, InspectionReply, InspectionRequest } from "../../shared/jobs/inspection.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import { describePlugin, loadPlugin } from "../plugin/load.ts";

const port = parentPort;
if (port === null) throw new Error("an inspection runs in a worker thread");

port.postMessage(await answer(workerData as InspectionRequest));
// Whatever the plugin left open must not keep the thread alive.
process.exit(0);

async function answer(request: InspectionRequest): Promise<InspectionReply> {
  let plugin: PluginDescription | undefined;
  const findings: InspectionFinding[] = [];
  try {
    plugin = await describePlugin(request.kind === "describe" ? request.location : request.spec);
    if (request.kind === "describe") return { plugin, error: undefined, findings, connected: false };
    const { inspectSteps, inspectPlugin } = await import("./inspect-connector.ts");
    // Findings about codecs and transforms are reported also where the plugin's configuration is not valid.
    findings.push(...(await inspectSteps(request.spec, request.connect)));
    const loaded = await loadPlugin(request.spec);
    const own = request.connect ? await inspectPlugin(loaded, request.spec) : undefined;
    findings.push(...(own?.findings ?? []));
    return { plugin, error: undefined, findings, connected: own !== undefined, delivery: own?.delivery };
  } catch (error) {
    return { plugin, error: toTaskError(error), findings, connected: false };
  }
}
