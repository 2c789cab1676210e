import type { IggyClient } from "@iggy-connectors/client";
import { CheckpointFile } from "../../../shared/checkpoint-file.ts";
import type { PartitionStart } from "../../../shared/jobs/job.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import { Refusal } from "../refusal.ts";
import { type ConsumedPartition, consumedPartitions } from "./partitions.ts";
import { type PartitionReset, planReset, type ResetTarget } from "./reset.ts";

export interface PositionsOptions {
  readonly client: () => Promise<IggyClient>;
  /** The specification of the connector's first task. Throws `Refusal` where it is unknown, or its configuration is not valid. */
  readonly specOf: (id: ConnectorIdentity) => TaskSpec;
  /** Does work while no task of the connector runs. */
  readonly whileStopped: <Result>(id: ConnectorIdentity, work: () => Promise<Result>) => Promise<Result>;
  /** Sets the offsets of a sink, in its target and in Iggy. */
  readonly setOffsets: (spec: TaskSpec, starts: readonly PartitionStart[]) => Promise<void>;
}

/** Which partitions are reset; an absent field selects all. */
export interface PartitionSelection {
  readonly stream?: string | undefined;
  readonly topic?: string | undefined;
  readonly partitions?: readonly number[] | undefined;
}

/** The offsets of sinks and the checkpoints of sources, read and set by an operator. */
export class Positions {
  readonly #options: PositionsOptions;

  constructor(options: PositionsOptions) {
    this.#options = options;
  }

  async offsets(key: string): Promise<ConsumedPartition[]> {
    const spec = this.#options.specOf({ type: "sink", key });
    return consumedPartitions(await this.#options.client(), spec);
  }

  /** What a reset would do or, without `preview`, has done. A running sink is stopped before it and started after it. */
  async reset(
    key: string,
    target: ResetTarget,
    selection: PartitionSelection,
    preview: boolean,
  ): Promise<readonly PartitionReset[]> {
    const id: ConnectorIdentity = { type: "sink", key };
    const spec = this.#options.specOf(id);
    if (preview) return this.#plan(spec, target, selection);
    return this.#options.whileStopped(id, async () => {
      const resets = await this.#plan(spec, target, selection);
      await this.#options.setOffsets(
        spec,
        resets.map(({ partition: { stream, topic, group, partition }, after }) => ({
          ...{ stream, topic, group, partition },
          next: after,
        })),
      );
      return resets;
    });
  }

  /** The stored checkpoint. Throws `Refusal` (404) where there is none. */
  async checkpoint(key: string): Promise<unknown> {
    const checkpoint = await this.#file(key).load(undefined);
    if (checkpoint.checkpoint === undefined) {
      throw new Refusal("not_found", `The source ${key} has no checkpoint.`, { code: "checkpoint_not_found" });
    }
    return checkpoint.checkpoint;
  }

  async setCheckpoint(key: string, checkpoint: unknown): Promise<void> {
    const file = this.#file(key);
    await this.#options.whileStopped({ type: "source", key }, () => file.save(checkpoint));
  }

  async deleteCheckpoint(key: string): Promise<void> {
    const file = this.#file(key);
    await this.#options.whileStopped({ type: "source", key }, () => file.remove());
  }

  async #plan(spec: TaskSpec, target: ResetTarget, selection: PartitionSelection): Promise<PartitionReset[]> {
    const client = await this.#options.client();
    const all = await consumedPartitions(client, spec);
    const { stream, topic, partitions } = selection;
    const chosen = all.filter(
      (one) =>
        (stream === undefined || one.stream === stream) &&
        (topic === undefined || one.topic === topic) &&
        (partitions === undefined || partitions.includes(one.partition)),
    );
    if (chosen.length === 0) {
      const known = all.map((one) => `${one.stream}/${one.topic}/${one.partition}`).join(", ");
      throw new Refusal("invalid", "No partition of this sink matches.", {
        code: "no_partitions",
        fix: known === "" ? "its topics do not exist yet" : `it has ${known}`,
      });
    }
    const resets = await Promise.all(
      chosen.map((partition) => planReset(client, partition, target, initialTarget(spec))),
    );
    // Only a missing stored offset means "from offset 0", and then initial_offset decides.
    if (spec.initialOffset.kind !== "first" && resets.some(({ after }) => after === 0n)) {
      throw new Refusal("conflict", "Iggy cannot store that the next offset is 0, and initial_offset is not first.", {
        code: "initial_offset",
        place: "initial_offset",
        fix: 'set initial_offset = "first", then reset the offsets',
      });
    }
    return resets;
  }

  #file(key: string): CheckpointFile {
    const { checkpoint } = this.#options.specOf({ type: "source", key });
    if (checkpoint === undefined) throw new Error(`source ${key} has no checkpoint file`);
    return new CheckpointFile(checkpoint.path, key);
  }
}

/** Where a partition without a stored offset begins, as the target of a reset. */
function initialTarget({ initialOffset }: TaskSpec): ResetTarget {
  switch (initialOffset.kind) {
    case "offset":
      return { kind: "offset", next: initialOffset.offset };
    case "timestamp":
      return { kind: "time", timestamp: initialOffset.timestamp };
    default:
      return initialOffset;
  }
}
