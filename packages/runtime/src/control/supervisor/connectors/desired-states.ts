import { join } from "node:path";
import { ConnectorError } from "@iggy-connectors/sdk";
import { getAt, isTable, setAt, type Table } from "../../../shared/key-path.ts";
import { readBoundedFile } from "../../../shared/read-bounded-file.ts";
import { replaceFile } from "../../../shared/replace-file.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import { type ConfigProblem, causeOf } from "../../config/problem.ts";
import { SerialQueue } from "../../serial-queue.ts";

/** The states that an operator can request. */
export const DESIRED_STATES = ["running", "paused", "stopped"] as const;

export type DesiredState = (typeof DESIRED_STATES)[number];

const FILE = "desired.json";
/** Bytes; more than a hundred thousand connectors need. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * The desired state of each connector, kept over restarts of the process in `{state.path}/desired.json`. `running` is the
 * default and is not stored.
 */
export class DesiredStates {
  readonly #file: string;
  readonly #value: Table;
  readonly #writes = new SerialQueue();
  #problem: ConfigProblem | undefined;

  private constructor(file: string, value: Table) {
    this.#file = file;
    this.#value = value;
  }

  /** Throws `ConnectorError` (`IGC_STATE_DESIRED`): starting a connector that was stopped is worse than not starting at all. */
  static read(stateFolder: string): DesiredStates {
    const file = join(stateFolder, FILE);
    let text: string;
    try {
      text = readBoundedFile(file, MAX_SIZE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new DesiredStates(file, {});
      throw unusable(file, causeOf(error));
    }
    try {
      const { version, connectors } = JSON.parse(text) as { version?: unknown; connectors?: unknown };
      if (version !== 1 || !isTable(connectors)) throw new Error("unknown format version");
      return new DesiredStates(file, connectors);
    } catch (error) {
      throw unusable(file, (error as Error).message);
    }
  }

  of({ type, key }: ConnectorIdentity): DesiredState {
    const state = getAt(this.#value, [`${type}s`, key]);
    return state === "paused" || state === "stopped" ? state : "running";
  }

  /** Why the last change is not on disk: it is in effect until the process ends. `undefined`: it is. */
  get problem(): ConfigProblem | undefined {
    return this.#problem;
  }

  /** Resolves when it is on disk, or cannot be written, as where the disk is full: then `problem` says so. */
  async set({ type, key }: ConnectorIdentity, state: DesiredState): Promise<void> {
    const section = getAt(this.#value, [`${type}s`]);
    if (state !== "running") setAt(this.#value, [`${type}s`, key], state);
    else if (isTable(section) && Object.hasOwn(section, key)) delete section[key];
    else return;
    // Each write holds everything, so one after a failed one loses nothing.
    const text = `${JSON.stringify({ version: 1, connectors: this.#value }, undefined, 2)}\n`;
    this.#problem = await this.#writes
      .run(() => replaceFile(this.#file, text))
      .then(
        () => undefined,
        (error: unknown): ConfigProblem => ({
          severity: "warning",
          code: "IGC_STATE_DESIRED_UNSAVED",
          file: this.#file,
          message: `what operators asked for is in effect, but not kept over a restart of the process: ${causeOf(error)}`,
          fix: "free space, or make the folder writable, then repeat the last pause, stop, start or resume",
        }),
      );
  }
}

function unusable(file: string, reason: string): ConnectorError {
  return new ConnectorError(`the desired states of the connectors cannot be read: ${reason}`, {
    code: "IGC_STATE_DESIRED",
    place: file,
    fix: "repair the file, or remove it to run every enabled connector",
  });
}
