import { transformSecrets } from "@iggy-connectors/transforms";
import { Redaction } from "../../shared/redaction.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";

/** The secrets of a task's configuration; those of the plugin's settings are added once its schema is known. */
export function redactionOf({ iggy, transforms, sinkStreams, sourceStreams }: TaskSpec): Redaction {
  const redaction = new Redaction();
  const registries = [...sinkStreams, ...sourceStreams].map(({ codec }) => codec.schema_registry);
  const secrets = [iggy, ...registries].flatMap((access) => [access?.password, access?.token]);
  for (const secret of [...secrets, ...transformSecrets(transforms)]) redaction.add(secret);
  return redaction;
}
