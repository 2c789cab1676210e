import type { ConnectorSet } from "../../config/connector-files/load.ts";
import { type ConfigProblem, ConfigurationError, formatProblem } from "../../config/problem.ts";
import { type ConfigProvider, ProviderError } from "../../config/providers/provider.ts";
import type { RuntimeLog } from "../../logging/runtime-log.ts";
import type { Connectors } from "../connectors/connectors.ts";

export interface ReconcilerOptions {
  readonly provider: ConfigProvider;
  readonly connectors: Connectors;
  readonly log: RuntimeLog;
  /** Milliseconds between attempts to reach a provider that has never answered. */
  readonly retry: { readonly initial_backoff: number; readonly max_backoff: number };
}

/** Keeps what runs equal to what should run: asks the provider at the start and at every change. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #set: ConnectorSet | undefined;
  /** Why the provider could not be asked the last time. */
  #failure: readonly ConfigProblem[] = [];
  #loading: Promise<void> = Promise.resolve();
  #told = new Set<string>();
  #unwatch: () => void = () => {};
  #again: NodeJS.Timeout | undefined;
  #attempts = 0;
  #ended = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** The provider has answered at least once. */
  get loaded(): boolean {
    return this.#set !== undefined;
  }

  /** All that is wrong with what should run. */
  get problems(): readonly ConfigProblem[] {
    return [...this.#failure, ...(this.#set?.errors ?? [])];
  }

  /** The first look. Throws `ConfigurationError` where the provider says that no later one would help. */
  async start(): Promise<void> {
    await this.reload();
    if (this.#ended) return;
    const [failure] = this.#failure;
    if (failure?.code === "IGC_CONFIG_UNREADABLE") throw new ConfigurationError(this.#failure);
    this.#unwatch = this.#options.provider.watch(
      () => void this.reload(),
      (problem) => this.#log(problem),
    );
  }

  /** Asks again. Resolves when what changed is being started, replaced and stopped; never throws. */
  reload(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#load());
    return this.#loading;
  }

  stop(): void {
    this.#ended = true;
    this.#unwatch();
    clearTimeout(this.#again);
  }

  async #load(): Promise<void> {
    if (this.#ended) return;
    clearTimeout(this.#again);
    const { provider, connectors, log } = this.#options;
    let set: ConnectorSet;
    try {
      set = await provider.load();
    } catch (error) {
      this.#failure = describe(error);
      this.#tell(this.#failure);
      this.#tryAgain();
      return;
    }
    if (this.#ended) return;
    this.#failure = [];
    this.#attempts = 0;
    this.#set = set;
    for (const secret of set.secrets) log.redaction.add(secret);
    this.#tell([...set.errors, ...set.warnings, ...set.disabled.map(disabled)]);
    connectors.reconcile(set).catch((error: unknown) => {
      log.logger().error(`the connectors could not be brought in line: ${String(error)}`);
    });
  }

  /** Until it has answered once nothing runs, so it is asked sooner than a later refresh would. */
  #tryAgain(): void {
    if (this.#set !== undefined || this.#ended) return;
    const { initial_backoff, max_backoff } = this.#options.retry;
    const delay = Math.min(initial_backoff * 2 ** Math.min(this.#attempts++, 30), max_backoff);
    this.#again = setTimeout(() => void this.reload(), delay);
  }

  /** Each finding once, until it is gone and comes again. */
  #tell(findings: readonly ConfigProblem[]): void {
    const present = new Set<string>();
    for (const finding of findings) {
      const text = formatProblem(finding);
      present.add(text);
      if (!this.#told.has(text)) this.#log(finding);
    }
    this.#told = present;
  }

  #log({ severity, code, message, file, line, key, fix }: ConfigProblem): void {
    this.#options.log.logger()[severity === "error" ? "error" : "warn"](message, { code, key, file, line, fix });
  }
}

function disabled({ type, key, file }: ConnectorSet["disabled"][number]): ConfigProblem {
  return {
    severity: "warning",
    code: "IGC_CONFIG_DISABLED",
    file,
    message: `${type} ${key} is disabled`,
    fix: "set enabled = true to run it",
  };
}

function describe(error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigurationError) return error.problems;
  if (error instanceof ProviderError) {
    const { code, message, fix } = error;
    return [{ severity: "error", code, message, fix }];
  }
  const message = `the configurations could not be read: ${error instanceof Error ? error.message : String(error)}`;
  return [{ severity: "error", code: "IGC_CONFIG_PROVIDER", message }];
}
