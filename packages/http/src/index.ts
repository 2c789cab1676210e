export { backoffDelay } from "./backoff.ts";
export { statusOf } from "./errors.ts";
export { createHttpClient } from "./http-client.ts";
export type {
  HttpClient,
  HttpClientOptions,
  HttpRequest,
  HttpResponse,
  RetryNotice,
  RetryOptions,
} from "./options.ts";
export { parseRetryAfter } from "./retry-after.ts";
