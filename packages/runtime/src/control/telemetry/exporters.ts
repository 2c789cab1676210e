import { validateHeaderName, validateHeaderValue } from "node:http";
import { parseKeyPairsIntoRecord } from "@opentelemetry/core";
import { createOtlpNetworkExportDelegate, ExporterMetrics, OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import type { IExporterMetricsHelper, ISerializer } from "@opentelemetry/otlp-transformer";
import { RUNTIME_VERSION } from "../version.ts";
import type { Signal } from "./telemetry.ts";
import { GrpcTransport } from "./transports/grpc.ts";
import { HttpTransport } from "./transports/http.ts";
import { RetryingTransport } from "./transports/transport.ts";

export interface ExporterSettings {
  readonly signal: Signal;
  readonly transport: "grpc" | "http";
  readonly endpoint: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Milliseconds for one batch, including retries. */
const TIMEOUT = 10_000;

/** An OTLP exporter whose requests can be aborted. */
export class OtlpExporter<Batch> extends OTLPExporterBase<Batch> {
  readonly #transport: RetryingTransport;

  constructor(
    settings: ExporterSettings,
    serializer: ISerializer<Batch, unknown>,
    metricsHelper: IExporterMetricsHelper<Batch>,
  ) {
    const { signal, transport, endpoint } = settings;
    const headers = headersOf(settings);
    const wire =
      transport === "grpc" ? new GrpcTransport(signal, endpoint, headers) : new HttpTransport(endpoint, headers);
    const retrying = new RetryingTransport(wire);
    const ownMetrics = new ExporterMetrics<Batch>({
      componentType: `otlp_${transport}_${signal}_exporter`,
      metricsHelper,
      url: endpoint,
      meterProvider: undefined,
      responseAttributesFromError: () => ({}),
    });
    const options = { timeoutMillis: TIMEOUT, concurrencyLimit: 2, compression: "none" } as const;
    super(createOtlpNetworkExportDelegate(options, serializer, ownMetrics, retrying));
    this.#transport = retrying;
  }

  /** Aborts all requests. Their batches count as failed. */
  abort(): void {
    this.#transport.shutdown();
  }
}

/** The headers from OpenTelemetry's own variables, such as an authorization. Throws for an invalid header. */
function headersOf({ signal, environment }: ExporterSettings): Record<string, string> {
  const common = environment.OTEL_EXPORTER_OTLP_HEADERS;
  const own = environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`];
  const named = { ...parseKeyPairsIntoRecord(common), ...parseKeyPairsIntoRecord(own) };
  const lowerCase = Object.fromEntries(
    Object.entries(named).map(([name, value]) => {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return [name.toLowerCase(), value];
    }),
  );
  return { ...lowerCase, "user-agent": `iggy-connectors/${RUNTIME_VERSION}` };
}
