import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";
import { OPERATION_NAMES } from "../providers/http/url-templates.ts";
import { schemaTree } from "../schema/zod-tree.ts";

const flag = (value: boolean, text: string) => z.boolean().default(value).describe(text);
const text = (value: string, meaning: string) => z.string().default(value).describe(meaning);
const time = (value: string, meaning: string) => duration().prefault(value).describe(meaning);
const size = (value: string | number, meaning: string) => byteSize().prefault(value).describe(meaning);
const texts = (value: string[], meaning: string) => z.array(z.string()).default(value).describe(meaning);
const count = (value: number, meaning: string) => z.int().min(0).default(value).describe(meaning);
const table = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape).prefault({} as never);

const CONNECTOR_RETRY_SHAPE = {
  initial_backoff: time("1s", "first wait"),
  max_backoff: time("1m", "longest wait"),
};

/** Where rejected messages go; the same keys per connector override these. */
const DEAD_LETTER_SHAPE = {
  stream: text("iggy_connectors", "stream of the dead-letter topics"),
  topic: text("dead_letter_{type}_{key}", "topic; {type} and {key} are the connector's"),
  create: flag(true, "create stream and topic on first need"),
  retention: time("30d", "how long a dead letter is kept"),
  max_size: size("1GiB", "size limit of the topic; 0 = none"),
  max_payload: size(0, "longer payloads are cut; 0 = whole payload"),
};

const exporter = (meaning: string) => ({
  transport: z.enum(["grpc", "http"]).default("grpc").describe(`how ${meaning} are sent`),
  endpoint: text("http://localhost:4317", `where ${meaning} are sent`),
});

/** The runtime's file: the original's sections and keys with their defaults, and ours. One source for checks, environment and docs. */
export const runtimeFileSchema = z.object({
  strict: flag(false, "unknown keys are errors"),
  shutdown_timeout: time("30s", "time for the whole process to stop"),
  http: table({
    enabled: flag(true, "start the HTTP API"),
    address: text("127.0.0.1:8081", "bind address; port 0 picks a free one"),
    api_key: secret().default("").describe("required in the header api-key when not empty"),
    allow_insecure: flag(false, "bind off loopback without a key"),
    max_body_size: size("2MiB", "largest request body"),
    console: flag(true, "serve the console"),
    docs: flag(true, "serve the API's documentation"),
    cors: table({
      enabled: flag(false, "answer cross-origin requests of browsers"),
      allowed_methods: texts(["GET", "POST", "PUT", "DELETE"], "methods"),
      allowed_origins: texts(["*"], "origins; * = any"),
      allowed_headers: texts(["content-type"], "request headers"),
      exposed_headers: texts([""], "response headers that scripts may read"),
      allow_credentials: flag(false, "allow credentials"),
      allow_private_network: flag(false, "allow requests from public pages to a private network"),
    }),
    metrics: table({
      enabled: flag(false, "expose metrics"),
      endpoint: text("/metrics", "path of the metrics"),
    }),
    tls: table({
      enabled: flag(false, "serve HTTPS"),
      cert_file: text("core/certs/iggy_cert.pem", "certificate, PEM"),
      key_file: text("core/certs/iggy_key.pem", "key, PEM"),
    }),
  }),
  iggy: table({
    address: text("localhost:8090", "host:port of the Iggy server"),
    username: text("iggy", "user"),
    password: secret().default("iggy").describe("password"),
    token: secret().default("").describe("personal access token; takes precedence over user and password"),
    tls: table({
      enabled: flag(false, "TLS to the Iggy server"),
      ca_file: text("core/certs/iggy_ca_cert.pem", "certificate authority, PEM"),
      domain: text("", "server name; empty = the address"),
    }),
  }),
  state: table({
    path: text("local_state", "folder of the sources' checkpoints"),
    backend: z.enum(["file", "iggy"]).default("file").describe("where checkpoints live"),
    stream: text("iggy_connectors", "stream of the state topics"),
    interval: time("1s", "checkpoints are written at most this often; 0 = every batch"),
  }),
  leases: table({
    enabled: z.boolean().optional().describe("one owner per source among several runtimes"),
    check_interval: time("2s", "standby looks for a free lease"),
  }),
  dead_letter: table(DEAD_LETTER_SHAPE),
  connectors: table({
    config_type: z.enum(["local", "http"]).default("local").describe("where connector configurations come from"),
    config_dir: text("", "folder of the connector files"),
    reload: flag(true, "watch the folder"),
    poll_interval: time("1m", "refresh the HTTP provider"),
    restart: table(CONNECTOR_RETRY_SHAPE),
    allowed_paths: texts([], "module paths that the API may register"),
    base_url: z.string().optional().describe("HTTP provider: prefix of every request"),
    timeout: time("10s", "HTTP provider: total time per request"),
    request_headers: z.record(z.string(), secret()).default({}).describe("HTTP provider: headers of every request"),
    url_templates: table(
      Object.fromEntries(OPERATION_NAMES.map((name) => [name, z.string().optional().describe(`path of ${name}`)])),
    ).describe("HTTP provider: paths per operation"),
    response: table({
      data_path: z.string().optional().describe("HTTP provider: path of the payload in the reply"),
      error_path: z.string().optional().describe("HTTP provider: path of an error in the reply"),
    }),
    retry: table({
      enabled: flag(true, "HTTP provider: repeat failed requests"),
      max_attempts: count(3, "HTTP provider: number of repetitions"),
      initial_backoff: time("1s", "HTTP provider: first wait"),
      max_backoff: time("30s", "HTTP provider: longest wait"),
      backoff_multiplier: count(2, "HTTP provider: exponent base"),
    }),
  }),
  telemetry: table({
    enabled: flag(false, "export over OTLP"),
    service_name: text("iggy-connectors", "service.name"),
    logs: table(exporter("logs")),
    traces: table(exporter("traces")),
    metrics: table({ enabled: flag(false, "export metrics over OTLP"), ...exporter("metrics") }),
  }),
  logging: table({
    format: z.enum(["text", "json"]).default("text").describe("one line per event as text or as JSON"),
    level: text(
      "info",
      "level, or directives such as info,iggy_connectors=debug; RUST_LOG and IGGY_CONNECTORS_LOG win",
    ),
  }),
});

/** The runtime's configuration in force: durations in milliseconds, sizes in bytes. */
export type RuntimeConfig = z.output<typeof runtimeFileSchema>;

/** What one writes: every key may be left out. */
export type RuntimeConfigInput = z.input<typeof runtimeFileSchema>;

export const runtimeFileTree = schemaTree(runtimeFileSchema);
