import type { LogLine } from "../logging/log-line.ts";

/** Signals of OpenTelemetry, as `telemetry.*` names them. */
export const SIGNALS = ["logs", "traces", "metrics"] as const;
export type Signal = (typeof SIGNALS)[number];

/** Records that never arrived, by signal; for metrics the reports, each of which holds all values. */
export type DroppedTelemetry = Readonly<Record<Signal, number>>;

/** What a runtime exports over OTLP. None of its calls waits for the network. */
export interface Telemetry extends RequestTracing {
  log(line: LogLine): void;
  readonly dropped: DroppedTelemetry;
  /** Sends what is in hand. Resolves after `deadline` milliseconds at the latest: what is not sent by then is lost. */
  stop(deadline: number): Promise<void>;
}

/** An outgoing request as a span tells of it. */
export interface TracedRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
}

/** A request's span while it lasts. */
export interface RequestSpan {
  /** Headers that let the other side continue the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** `status`: of the answer; without one `error` says what happened instead. */
  end(outcome: { readonly status?: number; readonly error?: string }): void;
}

export interface RequestTracing {
  request(request: TracedRequest): RequestSpan;
}

const NO_SPAN: RequestSpan = { headers: {}, end() {} };

/** Nobody looks at traces. */
export const NO_TRACING: RequestTracing = { request: () => NO_SPAN };
