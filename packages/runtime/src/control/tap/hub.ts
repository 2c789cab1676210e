import type { TappedMessage, TapSettings } from "../../shared/tap/tapped-message.ts";
import type { ConnectorIdentity } from "../config/connector-identity.ts";

/** Number of messages kept for connectors with `tap = true`, so that a new watcher sees the latest ones. */
const KEPT = 100;
/** What is sampled of a connector with `tap = true` that has no watcher. */
const STANDING: TapSettings = { rate: 1, bytes: 1024 };

export interface Watcher {
  readonly settings: TapSettings;
  receive(messages: readonly TappedMessage[]): void;
}

/** The watchers of each connector. Tasks sample messages only while there is a watcher, or with `tap = true`. */
export class TapHub {
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #latest = new Map<string, TappedMessage[]>();
  readonly #changed: (id: ConnectorIdentity) => void;
  readonly #standing: (id: ConnectorIdentity) => boolean;

  /** `changed`: the tasks of the connector must read `settingsOf` again. `standing`: whether it samples without a watcher. */
  constructor(changed: (id: ConnectorIdentity) => void, standing: (id: ConnectorIdentity) => boolean) {
    this.#changed = changed;
    this.#standing = standing;
  }

  /** Returns a function that removes the watcher. */
  watch(id: ConnectorIdentity, watcher: Watcher): () => void {
    const name = nameOf(id);
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers);
    watchers.add(watcher);
    const latest = this.#latest.get(name);
    if (latest !== undefined) watcher.receive(latest);
    this.#changed(id);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(name);
      this.#changed(id);
    };
  }

  /** What the tasks of a connector sample: the largest settings of any watcher. */
  settingsOf(id: ConnectorIdentity): TapSettings | undefined {
    const asked = [...(this.#watchers.get(nameOf(id)) ?? [])].map(({ settings }) => settings);
    if (this.#standing(id)) asked.push(STANDING);
    if (asked.length === 0) return undefined;
    return { rate: Math.max(...asked.map(({ rate }) => rate)), bytes: Math.max(...asked.map(({ bytes }) => bytes)) };
  }

  publish(id: ConnectorIdentity, messages: readonly TappedMessage[]): void {
    const name = nameOf(id);
    if (this.#standing(id)) {
      const latest = this.#latest.get(name) ?? [];
      latest.push(...messages);
      this.#latest.set(name, latest.slice(-KEPT));
    } else this.#latest.delete(name);
    for (const watcher of this.#watchers.get(name) ?? []) watcher.receive(messages);
  }
}

function nameOf({ type, key }: ConnectorIdentity): string {
  return `${type}/${key}`;
}
