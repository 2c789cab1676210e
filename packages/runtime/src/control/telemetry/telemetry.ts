import type { LogLine } from "../logging/log-line.ts";

/** Signals of OpenTelemetry, as `telemetry.*` names them. */
export const SIGNALS = ["logs", "traces", "metrics"] as const;
export type Signal = (typeof SIGNALS)[number];

/** Records that were not delivered, by signal. A record of the metrics is an export of all values. */
export type DroppedTelemetry = Readonly<Record<Signal, number>>;

/** The export over OTLP. No call but `stop` waits for the network. */
export interface Telemetry extends RequestTracing {
  log(line: LogLine): void;
  readonly dropped: DroppedTelemetry;
  /** Sends the waiting records. Resolves after at most `deadline` milliseconds: what is not sent by then is lost. */
  stop(deadline: number): Promise<void>;
}

/** What a span shows of an outgoing request. */
export interface TracedRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
}

/** The span of a request in progress. */
export interface RequestSpan {
  /** Headers with which the server can continue the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** `status` of the response, or the `error` if there is none. */
  end(outcome: { readonly status?: number; readonly error?: string }): void;
}

export interface RequestTracing {
  request(request: TracedRequest): RequestSpan;
}

const NO_SPAN: RequestSpan = { headers: {}, end() {} };

/** Tracing that records nothing. */
export const NO_TRACING: RequestTracing = { request: () => NO_SPAN };
