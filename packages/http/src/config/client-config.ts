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
 * The options of a connection that every HTTP connector has, spelt and meant the same everywhere: spread it into the
 * connector's own `z.object`, then make the client with `httpClientOptions`. Own keys of a connector win.
 */
export const httpClientShape = {
  timeout: duration()
    .prefault("30s")
    .describe("For one attempt of a request, from its start to the last byte of the answer; 0 = none.")
    .meta({ example: "10s" }),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe("Headers of every request.")
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
    .describe("Compresses request bodies from 1 KiB on. Answers may come compressed in any case.")
    .meta({ example: "gzip" }),
  max_connections: z
    .int()
    .min(1)
    .max(1024)
    .default(10)
    .describe("Sockets to the server, kept alive and used again.")
    .meta({ example: 4 }),
  max_response_bytes: byteSize()
    .prefault("8MiB")
    .describe("A longer answer, decompressed, is an error.")
    .meta({ example: "1MiB" }),
  circuit_breaker: z
    .object({
      failures: z.int().min(1).default(5).describe("Retryable failures in a row that stop calls."),
      cooldown: duration().prefault("10s").describe("How long no call is made; then one is tried."),
    })
    .optional()
    .describe("Stops calling a server that is in trouble for a while. Absent: off."),
};

/** How requests are repeated, in the words of the original's HTTP sink. */
export const httpRetryShape = {
  max_retries: z
    .int()
    .min(0)
    .max(1000)
    .default(3)
    .describe("Repetitions of a request after its first attempt, before the runtime's own retry takes over."),
  retry_delay: duration()
    .prefault("1s")
    .describe("Delay before the first repetition, ±20 %.")
    .meta({ example: "500ms" }),
  max_retry_delay: duration()
    .prefault("30s")
    .describe("The longest delay. A `Retry-After` beyond it is left to the runtime, which waits as long.")
    .meta({ example: "1m" }),
  retry_backoff_multiplier: z.number().min(1).max(100).default(2).describe("How the delay grows per repetition."),
};

/** What statuses mean where it is not what the README of the HTTP layer says. */
export const httpStatusShape = {
  retry_status_codes: statuses("More statuses that are worth another try.", [409, "5xx"]),
  reject_status_codes: statuses("Statuses that mean: this data will never be taken.", [404]),
  fatal_status_codes: statuses("Statuses that mean: this configuration will never work.", [402]),
};

const clientConfig = z.object(httpClientShape);
const retryConfig = z.object(httpRetryShape);
const statusConfig = z.object(httpStatusShape);

export type HttpClientConfig = z.infer<typeof clientConfig>;
export type HttpRetryConfig = z.infer<typeof retryConfig>;
export type HttpStatusConfig = z.infer<typeof statusConfig>;
