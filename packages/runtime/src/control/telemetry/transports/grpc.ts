import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { ExportResponse } from "@opentelemetry/otlp-exporter-base";
import type { Signal } from "../telemetry.ts";
import { MAX_ANSWER, type Transport } from "./transport.ts";

/** The one method of each OTLP service. */
const METHODS: Readonly<Record<Signal, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};

/** gRPC statuses after which OTLP lets a client try again: cancelled, deadline, aborted, out of range, unavailable, data loss. */
const RETRYABLE: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const OK = 0;
const UNKNOWN = 2;

/** A message's head: one byte that says whether it is compressed, four for its length. */
const HEAD = 5;
/** Characters of the other side's words that are told on. */
const MAX_REASON = 300;

/** OTLP/gRPC: a unary call per batch over one HTTP/2 connection, made when it is needed and again after it was lost. */
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
    const frame = Buffer.alloc(HEAD + body.length);
    frame.writeUInt32BE(body.length, 1);
    frame.set(body, HEAD);
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

  #call(frame: Uint8Array, signal: AbortSignal): Promise<GrpcAnswer> {
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
    // Its error reaches every call on it; without a listener it would end the process.
    session.on("error", () => {});
    // The other side is about to leave: the next call takes a new connection.
    session.on("goaway", () => session.close());
    // A connection that waits for the next batch must not keep the process.
    session.unref();
    this.#session = session;
    return session;
  }
}

interface GrpcAnswer {
  readonly status: number;
  readonly reason: string;
  readonly answer: Uint8Array;
}

function readAnswer(stream: ClientHttp2Stream): Promise<GrpcAnswer> {
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
      if (length > MAX_ANSWER) stream.destroy(new Error(`the answer is larger than ${MAX_ANSWER} bytes`));
      else chunks.push(chunk);
    });
    stream.on("error", reject);
    stream.on("close", () => {
      // After an error the promise is settled already.
      const answer = answerOf(head, trailers, Buffer.concat(chunks));
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
  });
}

/** The status is in the trailers, or in the headers when there is nothing else. */
function answerOf(head: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): GrpcAnswer | Error {
  const told = trailers["grpc-status"] ?? head["grpc-status"];
  if (typeof told !== "string" || !/^\d+$/.test(told)) {
    const reason = head[":status"] === undefined ? "the connection was closed" : `HTTP status ${head[":status"]}`;
    return new Error(`${reason}, no gRPC answer`);
  }
  const reason = String(trailers["grpc-message"] ?? head["grpc-message"] ?? "").slice(0, MAX_REASON);
  const complete = body.length >= HEAD && body.length - HEAD >= body.readUInt32BE(1);
  if (told === "0" && !complete) return { status: UNKNOWN, reason: "the answer is cut off", answer: new Uint8Array() };
  return { status: Number(told), reason, answer: complete ? body.subarray(HEAD) : new Uint8Array() };
}
