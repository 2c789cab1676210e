import { compileTransforms, type TransformPlan } from "@iggy-connectors/transforms";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { transformDirectories } from "../../shared/transform-directories.ts";
import { loadUserModule } from "../plugin/user-module.ts";
import type { Task } from "../task/task.ts";

/** As {@link compileTaskTransforms}, with a log line for each warning. */
export async function loadTransforms({ spec, logger }: Task): Promise<TransformPlan> {
  const plan = await compileTaskTransforms(spec);
  for (const { key, message } of plan.warnings) logger.warn(message, { key });
  return plan;
}

/**
 * Compiles a task's transforms: libraries, schemas and scripts are loaded here, before the first message.
 * @throws FatalError naming the transform and its key, or the problem of a script.
 */
export function compileTaskTransforms(spec: TaskSpec): Promise<TransformPlan> {
  return compileTransforms(spec.transforms, {
    connector: spec.type,
    ...(spec.file === undefined ? {} : { place: spec.file }),
    ...(spec.type === "source" ? { targets: spec.sourceStreams.flatMap(({ name }) => name ?? []) } : {}),
    directories: transformDirectories(spec),
    loadModule: (path) => loadUserModule(path, "script"),
  });
}
