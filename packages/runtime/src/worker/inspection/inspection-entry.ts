import { toTaskError } from "../../shared/errors.ts";
import type { InspectionFinding, InspectionReply, InspectionRequest } from "../../shared/jobs/inspection.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import { describePlugin, loadPlugin } from "../plugin/load.ts";
import { openChannel } from "../task/thread-channel.ts";

const { work, post } = openChannel<InspectionRequest, never, InspectionReply>();
const exit = process.exit.bind(process);

post(await answer(work));
// Whatever the plugin left open must not keep the thread alive.
exit(0);

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
