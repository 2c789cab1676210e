import type { ConnectorType } from "../../shared/task/task-spec.ts";

/** Which connector; unique within a runtime. */
export interface ConnectorIdentity {
  readonly type: ConnectorType;
  readonly key: string;
}

/** The identity as the key of a map: `sink/orders`. */
export function identityKey({ type, key }: ConnectorIdentity): string {
  return `${type}/${key}`;
}
