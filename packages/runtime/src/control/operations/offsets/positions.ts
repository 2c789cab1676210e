import type { IggyClient } from "@iggy-connectors/client";
import { CheckpointFile } from "../../../shared/checkpoint-file.ts";
import type { PartitionStart } from "../../../shared/jobs/job.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";
import { type ConsumedPartition, consumedPartitions } from "./partitions.ts";
import { type PartitionReset, planReset, type ResetTarget } from "./reset.ts";
import { Refusal } from "../refusal.ts";

export interface PositionsOptions {
  readonly client: () => Promise<IggyClient>;
  /** What the connector's tasks are given. Throws `Refusal` for one that is unknown, or that cannot run as it is. */
  readonly specOf: (id: ConnectorIdentity) => TaskSpec;
  /** Has work done while no task of the connector runs. */
  readonly suspended: <Result>(id: ConnectorIdentity, work: () => Promise<Result>) => Promise<Result>;
  /** Sets where a sink goes on, in its target and in Iggy. */
  readonly setOffsets: (spec: TaskSpec, starts: readonly PartitionStart[]) => Promise<void>;
}

/** Which partitions a reset is about; what is absent does not matter. */
export interface PartitionSelection {
  readonly stream?: string | undefined;
  readonly topic?: string | undefined;
  readonly partitions?: readonly number[] | undefined;
}

/** How far sinks and sources have got: read and set by an operator. */
export class Positions {
  readonly #options: PositionsOptions;

  constructor(options: PositionsOptions) {
    this.#options = options;
  }

  async offsets(key: string): Promise<ConsumedPartition[]> {
    const spec = this.#options.specOf({ type: "sink", key });
    return consumedPartitions(await this.#options.client(), spec);
  }

  /** What a reset would do, or, without `preview`, has done. A running sink is stopped and started around it. */
  async reset(
    key: string,
    target: ResetTarget,
    selection: PartitionSelection,
    preview: boolean,
  ): Promise<readonly PartitionReset[]> {
    const id: ConnectorIdentity = { type: "sink", key };
    const spec = this.#options.specOf(id);
    if (preview) return this.#plan(spec, target, selection);
    return this.#options.suspended(id, async () => {
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

  /** As it is stored; `Refusal` (404) where none is. */
  async checkpoint(key: string): Promise<unknown> {
    const checkpoint = await this.#file(key).load(undefined);
    if (checkpoint.checkpoint === undefined) {
      throw new Refusal("not_found", `The source ${key} has no checkpoint.`, { code: "checkpoint_not_found" });
    }
    return checkpoint.checkpoint;
  }

  async setCheckpoint(key: string, checkpoint: unknown): Promise<void> {
    const file = this.#file(key);
    await this.#options.suspended({ type: "source", key }, () => file.save(checkpoint));
  }

  async deleteCheckpoint(key: string): Promise<void> {
    const file = this.#file(key);
    await this.#options.suspended({ type: "source", key }, () => file.remove());
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
      throw new Refusal("invalid", "No partition of this sink is meant.", {
        code: "no_partitions",
        fix: known === "" ? "its topics do not exist yet" : `it has ${known}`,
      });
    }
    const resets = await Promise.all(
      chosen.map((partition) => planReset(client, partition, target, initialTarget(spec))),
    );
    // Nothing stored is the only way to say "from offset 0", and then initial_offset decides.
    if (spec.initialOffset.kind !== "first" && resets.some(({ after }) => after === 0n)) {
      throw new Refusal("conflict", "Iggy cannot store that offset 0 comes next, and initial_offset is not first.", {
        code: "initial_offset",
        place: "initial_offset",
        fix: 'set initial_offset = "first", then reset the offsets',
      });
    }
    return resets;
  }

  #file(key: string): CheckpointFile {
    const { checkpoint } = this.#options.specOf({ type: "source", key });
    if (checkpoint === undefined) throw new Error(`source ${key} has no place for its checkpoint`);
    return new CheckpointFile(checkpoint.path, key);
  }
}

/** Where a partition begins for which nothing is stored, as a reset would say it. */
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
