import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError } from "@iggy-connectors/sdk";
import { getAt, isTable, setAt, type Table } from "../../../shared/key-path.ts";
import { replaceFile } from "../../../shared/replace-file.ts";
import { causeOf } from "../../config/problem.ts";
import type { ConnectorIdentity } from "../../config/providers/provider.ts";

/** What an operator wants of a connector. */
export type Intent = "running" | "paused" | "stopped";

const FILE = "desired.json";

/** What operators want, kept over restarts of the process in `{state.path}/desired.json`. `running` is not written down. */
export class Intents {
  readonly #file: string;
  readonly #value: Table;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, value: Table) {
    this.#file = file;
    this.#value = value;
  }

  /** Throws `ConnectorError` (`IGC_STATE_DESIRED`): to start what somebody stopped would be worse than not to start. */
  static read(stateFolder: string): Intents {
    const file = join(stateFolder, FILE);
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Intents(file, {});
      throw unusable(file, causeOf(error));
    }
    try {
      const { version, connectors } = JSON.parse(text) as { version?: unknown; connectors?: unknown };
      if (version !== 1 || !isTable(connectors)) throw new Error("it is not of version 1");
      return new Intents(file, connectors);
    } catch (error) {
      throw unusable(file, (error as Error).message);
    }
  }

  of({ type, key }: ConnectorIdentity): Intent {
    const intent = getAt(this.#value, [`${type}s`, key]);
    return intent === "paused" || intent === "stopped" ? intent : "running";
  }

  /** Resolves when it is on disk. */
  async set({ type, key }: ConnectorIdentity, intent: Intent): Promise<void> {
    const section = getAt(this.#value, [`${type}s`]);
    if (intent !== "running") setAt(this.#value, [`${type}s`, key], intent);
    else if (isTable(section) && Object.hasOwn(section, key)) delete section[key];
    else return;
    this.#writing = this.#writing
      .catch(() => {
        // Whoever wrote before was told; this write holds everything anyway.
      })
      .then(() =>
        replaceFile(this.#file, `${JSON.stringify({ version: 1, connectors: this.#value }, undefined, 2)}\n`),
      );
    await this.#writing;
  }
}

function unusable(file: string, reason: string): ConnectorError {
  return new ConnectorError(`what operators want of the connectors cannot be read: ${reason}`, {
    code: "IGC_STATE_DESIRED",
    place: file,
    fix: "repair the file, or remove it to let every enabled connector run",
  });
}
