import { defaultTextMapSetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  LogsExporterMetricsHelper,
  MetricsExporterMetricsHelper,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from "@opentelemetry/otlp-transformer";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, type MetricProducer, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import { type LogLine, RUNTIME_TARGET } from "../logging/log-line.ts";
import type { RuntimeLog } from "../logging/runtime-log.ts";
import type { MetricsWriter } from "../metrics/metrics-writer.ts";
import { RUNTIME_VERSION } from "../version.ts";
import { DeliveryWatch, MAX_WAITING } from "./delivery-watch.ts";
import { OtlpExporter } from "./exporters.ts";
import { hrTime, logRecord } from "./log-records.ts";
import { MetricsData } from "./metric-data.ts";
import { NO_TRACING, type RequestSpan, type Signal, type Telemetry, type TracedRequest } from "./telemetry.ts";

export interface TelemetryOptions {
  readonly config: RuntimeConfig["telemetry"];
  readonly environment: NodeJS.ProcessEnv;
  readonly log: RuntimeLog;
  /** Writes the current values. */
  readonly writeMetrics: (writer: MetricsWriter) => void;
}

/** Milliseconds between two exports of metrics: the default of OpenTelemetry. */
const METRICS_INTERVAL = 60_000;

/** Starts the export over OTLP. Throws if an exporter cannot be created. Connections are opened later. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  return new OtlpTelemetry(options);
}

class OtlpTelemetry implements Telemetry {
  readonly #logger;
  readonly #watches: Record<Signal, DeliveryWatch>;
  readonly #exporters: { abort(): void }[] = [];
  readonly #logs: LoggerProvider;
  readonly #traces: TracerProvider;
  readonly #metrics: MeterProvider | undefined;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  #stopped = false;

  constructor(options: TelemetryOptions) {
    const { config, log, environment } = options;
    this.#logger = log.logger();
    const watch = (signal: Signal) => new DeliveryWatch(signal, config[signal].endpoint, this.#logger);
    this.#watches = { logs: watch("logs"), traces: watch("traces"), metrics: watch("metrics") };
    const resource = defaultResource().merge(
      resourceFromAttributes({ "service.name": config.service_name, "service.version": RUNTIME_VERSION }),
    );
    const settings = (signal: Signal) => ({ signal, ...config[signal], environment });
    const keep = <Exporter extends OtlpExporter<never>>(exporter: Exporter): Exporter => {
      this.#exporters.push(exporter);
      return exporter;
    };
    const size = ({ length }: { readonly length: number }): number => length;

    const logExporter = new OtlpExporter(settings("logs"), ProtobufLogsSerializer, LogsExporterMetricsHelper);
    const logProcessor = new BatchLogRecordProcessor({
      exporter: this.#watches.logs.watch(keep(logExporter), size),
      maxQueueSize: MAX_WAITING,
    });
    this.#logs = new LoggerProvider({ resource, processors: [logProcessor] });

    const spanExporter = new OtlpExporter(settings("traces"), ProtobufTraceSerializer, TraceExporterMetricsHelper);
    const spanProcessor = new BatchSpanProcessor({
      exporter: this.#watches.traces.watch(keep(spanExporter), size),
      maxQueueSize: MAX_WAITING,
    });
    this.#traces = new TracerProvider({ resource, spanProcessors: [spanProcessor] });
    this.#tracer = this.#traces.getTracer(RUNTIME_TARGET, RUNTIME_VERSION);

    if (config.metrics.enabled) {
      const exporter = new OtlpExporter(settings("metrics"), ProtobufMetricsSerializer, MetricsExporterMetricsHelper);
      const reader = new PeriodicExportingMetricReader({
        exporter: this.#watches.metrics.watch(keep(exporter), () => 1),
        exportIntervalMillis: METRICS_INTERVAL,
        exportTimeoutMillis: METRICS_INTERVAL / 2,
        metricProducers: [producer(options.writeMetrics, resource)],
      });
      this.#metrics = new MeterProvider({ resource, readers: [reader] });
    }
  }

  get dropped() {
    const { logs, traces, metrics } = this.#watches;
    return { logs: logs.dropped, traces: traces.dropped, metrics: metrics.dropped };
  }

  log(line: LogLine): void {
    if (this.#stopped || !this.#watches.logs.admit()) return;
    this.#logs.getLogger(line.target).emit(logRecord(line));
  }

  request({ method, url }: TracedRequest): RequestSpan {
    if (this.#stopped || !this.#watches.traces.admit()) return NO_TRACING.request({ method, url });
    const attributes = { "http.request.method": method, "url.full": url };
    const span = this.#tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, ROOT_CONTEXT);
    const headers: Record<string, string> = {};
    this.#propagator.inject(trace.setSpan(ROOT_CONTEXT, span), headers, defaultTextMapSetter);
    return {
      headers,
      end({ status, error }) {
        if (status !== undefined) span.setAttribute("http.response.status_code", status);
        if (error !== undefined || (status ?? 0) >= 400) {
          span.setStatus({ code: SpanStatusCode.ERROR, ...(error === undefined ? {} : { message: error }) });
        }
        span.end();
      },
    };
  }

  async stop(deadline: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const providers = [this.#logs, this.#traces, this.#metrics].filter((provider) => provider !== undefined);
    const sent = Promise.allSettled(providers.map((provider) => provider.shutdown()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadline);
    });
    await Promise.race([sent, late]);
    clearTimeout(timer);
    for (const exporter of this.#exporters) exporter.abort();
    for (const [signal, watch] of Object.entries(this.#watches)) {
      const lost = watch.abandon();
      if (lost > 0)
        this.#logger.warn("telemetry could not be sent before the stop", { signal, lost, dropped: watch.dropped });
    }
  }
}

/** Produces the current values of the runtime for each export. */
function producer(writeMetrics: (writer: MetricsWriter) => void, resource: Resource): MetricProducer {
  const start = hrTime(Date.now());
  const scope = { name: RUNTIME_TARGET, version: RUNTIME_VERSION };
  return {
    async collect() {
      const data = new MetricsData(start, hrTime(Date.now()));
      writeMetrics(data);
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics: data.metrics }] }, errors: [] };
    },
  };
}
