import { createServer as createHttpServer, type Server } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer as readAll } from "node:stream/consumers";
import { decodeRequest } from "./otlp-schema.ts";

interface KeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}

interface Scoped {
  readonly scope: { readonly name: string };
}

export interface ReceivedLog {
  readonly body: { readonly stringValue: string };
  readonly severityText: string;
  readonly attributes: readonly KeyValue[];
}

export interface ReceivedSpan {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
}

interface Point {
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly attributes: readonly KeyValue[];
  readonly bucketCounts?: readonly number[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

/** Receives OTLP over HTTP or gRPC and decodes it. */
export class OtlpReceiver implements AsyncDisposable {
  /** Path and headers of each request. */
  readonly requests: { readonly path: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
  readonly logs: ReceivedLog[] = [];
  readonly spans: ReceivedSpan[] = [];
  readonly metrics: ReceivedMetric[] = [];
  readonly scopes = new Set<string>();
  resource: Record<string, unknown> = {};
  /** The next so many requests are answered with "unavailable". */
  refuse = 0;
  /** Requests are accepted and never answered. */
  silent = false;
  readonly #server: Server | Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(server: Server | Http2Server) {
    this.#server = server;
  }

  static async http(): Promise<OtlpReceiver> {
    const receiver: OtlpReceiver = new OtlpReceiver(
      createHttpServer(async (request, response) => {
        const body = await readAll(request);
        if (receiver.silent) return;
        const taken = receiver.#take(request.url ?? "", request.headers, body);
        response.writeHead(taken ? 200 : 503, { "content-type": "application/x-protobuf" }).end();
      }),
    );
    return await receiver.#listen();
  }

  static async grpc(): Promise<OtlpReceiver> {
    const server = createHttp2Server();
    const receiver = new OtlpReceiver(server);
    server.on("session", (session) => {
      receiver.#sessions.add(session);
      session.on("close", () => receiver.#sessions.delete(session));
    });
    server.on("stream", async (stream: ServerHttp2Stream, headers) => {
      stream.on("error", () => {});
      const body = await readAll(stream);
      if (receiver.silent) return;
      const message = body.subarray(5, 5 + body.readUInt32BE(1));
      if (!receiver.#take(String(headers[":path"]), headers, message)) {
        stream.respond(
          { ":status": 200, "content-type": "application/grpc", "grpc-status": "14" },
          { endStream: true },
        );
        return;
      }
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
    });
    return await receiver.#listen();
  }

  /** `http://host:port` */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    if ("closeAllConnections" in this.#server) this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  #take(path: string, headers: Readonly<Record<string, unknown>>, body: Uint8Array): boolean {
    this.requests.push({ path, headers });
    if (this.refuse > 0) {
      this.refuse--;
      return false;
    }
    if (/log/i.test(path)) {
      const { resourceLogs } = decodeRequest("Logs", body) as { resourceLogs: ResourceOf<"scopeLogs", LogsOf>[] };
      for (const { resource, scopeLogs } of resourceLogs) {
        this.resource = attributesOf(resource.attributes);
        for (const { scope, logRecords } of scopeLogs) {
          this.scopes.add(scope.name);
          this.logs.push(...logRecords);
        }
      }
    } else if (/trace/i.test(path)) {
      const { resourceSpans } = decodeRequest("Traces", body) as { resourceSpans: ResourceOf<"scopeSpans", SpansOf>[] };
      for (const { scopeSpans } of resourceSpans) this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    } else {
      const { resourceMetrics } = decodeRequest("Metrics", body) as {
        resourceMetrics: ResourceOf<"scopeMetrics", MetricsOf>[];
      };
      for (const { scopeMetrics } of resourceMetrics)
        this.metrics.push(...scopeMetrics.flatMap(({ metrics }) => metrics));
    }
    return true;
  }
}

type ResourceOf<Name extends string, Of> = {
  readonly resource: { readonly attributes: readonly KeyValue[] };
} & Readonly<Record<Name, readonly (Scoped & Of)[]>>;
interface LogsOf {
  readonly logRecords: readonly ReceivedLog[];
}
interface SpansOf {
  readonly spans: readonly ReceivedSpan[];
}
interface MetricsOf {
  readonly metrics: readonly ReceivedMetric[];
}

export function attributesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue,
    ]),
  );
}
