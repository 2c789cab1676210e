export { HmacSigner, type SignedContent } from "./auth/hmac.ts";
export type { AuthOptions, HmacAlgorithm } from "./auth/options.ts";
export { bodyText } from "./bodies/body-text.ts";
export { type ContentFailure, decodeContent } from "./bodies/read-body.ts";
export { authConfig } from "./config/auth-config.ts";
export {
  type HttpClientConfig,
  type HttpRetryConfig,
  type HttpStatusConfig,
  httpClientShape,
  httpRetryShape,
  httpStatusShape,
  statusPattern,
} from "./config/client-config.ts";
export { httpClientOptions } from "./config/client-options.ts";
export { clientTlsConfig } from "./config/tls-config.ts";
export { statusOf } from "./errors.ts";
export { excerpt } from "./excerpt.ts";
export { createHttpClient } from "./http-client.ts";
export type {
  BreakerOptions,
  Compression,
  HttpClient,
  HttpClientOptions,
  HttpMethod,
  HttpRequest,
  HttpResponse,
  TlsOptions,
} from "./options.ts";
export { BatchProgress, Progress } from "./progress.ts";
export { rateLimitWait } from "./rate-limit.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { connectSchemaRegistry } from "./schema-registry/schema-registry-client.ts";
export { compileStatusPolicy, type StatusMeaning, type StatusPattern, type StatusPolicy } from "./status-policy.ts";
export { parseBaseUrl } from "./target-url.ts";
export { compileTemplate, type Template, type TemplatePlace, type TemplateWriter } from "./template.ts";
