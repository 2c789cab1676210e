import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { ExportResponse } from "@opentelemetry/otlp-exporter-base";
import type { Signal } from "../telemetry.ts";
import { MAX_RESPONSE, type Transport } from "./transport.ts";

/** The one method of each OTLP service. */
const METHODS: Readonly<Record<Signal, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};

/** gRPC statuses that OTLP declares retryable: cancelled, deadline, aborted, out of range, unavailable, data loss. */
const RETRYABLE: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const OK = 0;
const UNKNOWN = 2;

/** Bytes of a message header: one for the compression flag, four for the length. */
const HEADER = 5;
/** Maximum characters of the receiver's message that are shown. */
const MAX_REASON = 300;

/** OTLP/gRPC: a unary call per batch over one HTTP/2 connection, opened on first use and again after it was lost. */
export class GrpcTransport implements Transport {
  readonly #endpoint: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #method: string;
  #session: ClientHttp2Session | undefined;

  constructor(signal: Signal, endpoint: string, headers: Readonly<Record<string, string>>) {
    this.#endpoint = new URL(endpoint);
    this.#headers = headers;
    this.#method = METHODS[signal];
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<ExportResponse> {
    const frame = Buffer.alloc(HEADER + body.length);
    frame.writeUInt32BE(body.length, 1);
    frame.set(body, HEADER);
    try {
      const { status, reason, answer } = await this.#call(frame, signal);
      if (status === OK) return { status: "success", data: answer };
      const error = new Error(`gRPC status ${status}${reason === "" ? "" : `: ${reason}`}`);
      return RETRYABLE.has(status) ? { status: "retryable", error } : { status: "failure", error };
    } catch (error) {
      return { status: "retryable", error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  close(): void {
    this.#session?.destroy();
  }

  #call(frame: Uint8Array, signal: AbortSignal): Promise<GrpcResponse> {
    const stream = this.#open().request(
      {
        ...this.#headers,
        ":method": "POST",
        ":path": this.#method,
        "content-type": "application/grpc",
        te: "trailers",
      },
      { signal },
    );
    const answer = readAnswer(stream);
    stream.end(frame);
    return answer;
  }

  #open(): ClientHttp2Session {
    const current = this.#session;
    if (current !== undefined && !current.closed && !current.destroyed) return current;
    const session = connect(this.#endpoint);
    // Every call reports the error of its session; without a listener the error would end the process.
    session.on("error", () => {});
    // The receiver is shutting down: the next call uses a new connection.
    session.on("goaway", () => session.close());
    // An idle connection must not keep the process alive.
    session.unref();
    this.#session = session;
    return session;
  }
}

interface GrpcResponse {
  readonly status: number;
  readonly reason: string;
  readonly answer: Uint8Array;
}

function readAnswer(stream: ClientHttp2Stream): Promise<GrpcResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on("response", (headers) => {
      head = headers;
    });
    stream.on("trailers", (headers) => {
      trailers = headers;
    });
    stream.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > MAX_RESPONSE) stream.destroy(new Error(`the response is larger than ${MAX_RESPONSE} bytes`));
      else chunks.push(chunk);
    });
    stream.on("error", reject);
    stream.on("close", () => {
      // After an error the promise is already settled.
      const answer = answerOf(head, trailers, Buffer.concat(chunks));
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
  });
}

/** The status is in the trailers, or in the headers if the response has nothing else. */
function answerOf(head: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): GrpcResponse | Error {
  const status = trailers["grpc-status"] ?? head["grpc-status"];
  if (typeof status !== "string" || !/^\d+$/.test(status)) {
    const reason = head[":status"] === undefined ? "the connection was closed" : `HTTP status ${head[":status"]}`;
    return new Error(`${reason}, no gRPC response`);
  }
  const reason = String(trailers["grpc-message"] ?? head["grpc-message"] ?? "").slice(0, MAX_REASON);
  const complete = body.length >= HEADER && body.length - HEADER >= body.readUInt32BE(1);
  if (status === "0" && !complete)
    return { status: UNKNOWN, reason: "the response is truncated", answer: new Uint8Array() };
  return { status: Number(status), reason, answer: complete ? body.subarray(HEADER) : new Uint8Array() };
}
