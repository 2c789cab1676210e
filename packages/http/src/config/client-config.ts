import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";
import { authConfig } from "./auth-config.ts";
import { clientTlsConfig } from "./tls-config.ts";

/** A status, or a class of them such as `5xx`. */
export const statusPattern = z.union(
  [
    z.int().min(100).max(599),
    z.string().regex(/^[1-5][xX][xX]$/, { error: 'must be a status or a class such as "5xx"' }),
  ],
  { error: 'must be a status such as 404, or a class such as "5xx"' },
);

const statuses = (meaning: string, example: (number | string)[]) =>
  z.array(statusPattern).default([]).describe(meaning).meta({ example });

/**
 * The connection options of every HTTP connector, with the same names and meaning everywhere: spread the shape into the
 * connector's own `z.object`, then create the client with `httpClientOptions`. A connector's own keys win.
 */
export const httpClientShape = {
  timeout: duration()
    .prefault("30s")
    .describe("Timeout of one attempt of a request, from its start to the last byte of the response; 0 = none.")
    .meta({ example: "10s" }),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe("Headers sent with every request.")
    .meta({ secret: true, example: { "x-tenant": "acme" } }),
  auth: authConfig.optional(),
  tls: clientTlsConfig.optional(),
  proxy: secret()
    .optional()
    .describe("HTTP proxy, `http://[user:password@]host:port`; `https://` URLs are tunnelled through it.")
    .meta({ example: "http://proxy.example:3128" }),
  compression: z
    .enum(["none", "gzip", "zstd"])
    .default("none")
    .describe("Compression of request bodies of 1 KiB or more. Compressed responses are accepted in any case.")
    .meta({ example: "gzip" }),
  max_connections: z
    .int()
    .min(1)
    .max(1024)
    .default(10)
    .describe("Maximum number of connections to the server; they are kept alive and reused.")
    .meta({ example: 4 }),
  max_response_bytes: byteSize()
    .prefault("8MiB")
    .describe("Maximum size of a response after decompression; a larger one is an error.")
    .meta({ example: "1MiB" }),
  circuit_breaker: z
    .object({
      failures: z.int().min(1).default(5).describe("Number of consecutive retryable failures that opens the circuit."),
      cooldown: duration().prefault("10s").describe("How long the circuit stays open before one request is tried."),
    })
    .optional()
    .describe("Stops sending requests to a failing server for a while. Absent: off."),
};

/** How requests are retried, with the keys of the original's HTTP sink. */
export const httpRetryShape = {
  max_retries: z
    .int()
    .min(0)
    .max(1000)
    .default(3)
    .describe("Retries of a request after its first attempt, before the runtime's own retry takes over."),
  retry_delay: duration().prefault("1s").describe("Delay before the first retry, ±20 %.").meta({ example: "500ms" }),
  max_retry_delay: duration()
    .prefault("30s")
    .describe(
      "Maximum delay between attempts. A longer `Retry-After` is left to the runtime, which waits as long as asked.",
    )
    .meta({ example: "1m" }),
  retry_backoff_multiplier: z
    .number()
    .min(1)
    .max(100)
    .default(2)
    .describe("Factor by which the delay grows with each retry."),
};

/** Exceptions to what the README of the HTTP layer says about statuses. */
export const httpStatusShape = {
  retry_status_codes: statuses("Additional statuses that are retried.", [409, "5xx"]),
  reject_status_codes: statuses("Statuses that reject the messages of the request.", [404]),
  fatal_status_codes: statuses("Statuses that fail the connector.", [402]),
};

const clientConfig = z.object(httpClientShape);
const retryConfig = z.object(httpRetryShape);
const statusConfig = z.object(httpStatusShape);

export type HttpClientConfig = z.infer<typeof clientConfig>;
export type HttpRetryConfig = z.infer<typeof retryConfig>;
export type HttpStatusConfig = z.infer<typeof statusConfig>;
