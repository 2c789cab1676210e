import { backoff } from "@iggy-connectors/client/backoff";
import type { ConnectorSet } from "../../config/connector-set/connector-set.ts";
import { logProblem } from "../../config/log-problem.ts";
import { type ConfigProblem, ConfigurationError, formatProblem } from "../../config/problem.ts";
import { type ConfigProvider, problemsOf } from "../../config/providers/provider.ts";
import type { RuntimeLog } from "../../logging/runtime-log.ts";
import { SerialQueue } from "../../serial-queue.ts";
import type { Connectors } from "../connectors/connectors.ts";

export interface ReconcilerOptions {
  readonly provider: ConfigProvider;
  readonly connectors: Connectors;
  readonly log: RuntimeLog;
  /** Milliseconds between attempts to read from a provider that has never answered. */
  readonly retry: { readonly initial_backoff: number; readonly max_backoff: number };
}

/**
 * Keeps what runs equal to what should run: at the start, at every change that the provider reports, and after every
 * operation that changed a configuration.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #set: ConnectorSet | undefined;
  /** Why the configuration could not be read the last time. */
  #failure: readonly ConfigProblem[] = [];
  readonly #passes = new SerialQueue();
  /** Findings that were logged and still hold. */
  #logged = new Set<string>();
  #unwatch: () => void = () => {};
  #retryTimer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #ended = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** The provider has answered at least once. */
  get loaded(): boolean {
    return this.#set !== undefined;
  }

  /** All errors in what should run. */
  get problems(): readonly ConfigProblem[] {
    return [...this.#failure, ...(this.#set?.errors ?? [])];
  }

  /** The first reading. Throws `ConfigurationError` where no later one can succeed. */
  async start(): Promise<void> {
    await this.reload();
    if (this.#ended) return;
    const [failure] = this.#failure;
    if (failure?.code === "IGC_CONFIG_UNREADABLE") throw new ConfigurationError(this.#failure);
    this.#unwatch = this.#options.provider.watch(
      () => void this.reload(),
      (problem) => logProblem(this.#options.log, problem),
    );
  }

  /** Reads what should run. Resolves when the changes are being started, replaced and stopped; never throws. */
  reload(): Promise<void> {
    return this.#passes.run(() => this.#reconcile(() => this.#options.provider.load()));
  }

  /** The same after an operation, which has read the configuration already: the provider knows the current one. */
  follow(): Promise<void> {
    return this.#passes.run(() => this.#reconcile(() => this.#options.provider.current()));
  }

  stop(): void {
    this.#ended = true;
    this.#unwatch();
    clearTimeout(this.#retryTimer);
  }

  async #reconcile(read: () => Promise<ConnectorSet>): Promise<void> {
    if (this.#ended) return;
    clearTimeout(this.#retryTimer);
    const { connectors, log } = this.#options;
    let set: ConnectorSet;
    try {
      set = await read();
    } catch (error) {
      this.#failure = describe(error);
      this.#report(this.#failure);
      this.#retryLater();
      return;
    }
    if (this.#ended) return;
    this.#failure = [];
    this.#attempts = 0;
    this.#set = set;
    for (const secret of set.secrets) log.redaction.add(secret);
    this.#report([...set.errors, ...set.warnings, ...set.disabled.map(disabled)]);
    connectors.reconcile(set).catch((error: unknown) => {
      log.logger().error(`the connectors could not be reconciled with their configuration: ${String(error)}`);
    });
  }

  /** Nothing runs until the provider has answered once, so it is asked sooner than at the next refresh. */
  #retryLater(): void {
    if (this.#set !== undefined || this.#ended) return;
    const { initial_backoff: initialBackoff, max_backoff: maxBackoff } = this.#options.retry;
    const delay = backoff({ initialBackoff, maxBackoff, jitter: 0 }, ++this.#attempts);
    this.#retryTimer = setTimeout(() => void this.reload(), delay);
  }

  /** Logs each finding once, and again when it comes back after it was gone. */
  #report(findings: readonly ConfigProblem[]): void {
    const current = new Set<string>();
    for (const finding of findings) {
      const text = formatProblem(finding);
      current.add(text);
      if (!this.#logged.has(text)) logProblem(this.#options.log, finding);
    }
    this.#logged = current;
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
  const problems = problemsOf(error);
  if (problems !== undefined) return problems;
  const message = `the configurations could not be read: ${error instanceof Error ? error.message : String(error)}`;
  return [{ severity: "error", code: "IGC_CONFIG_PROVIDER", message }];
}
