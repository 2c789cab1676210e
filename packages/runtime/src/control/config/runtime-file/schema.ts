import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";
import { OPERATION_NAMES } from "../providers/http/url-templates.ts";
import { deadLetterShape } from "../schema/dead-letter-keys.ts";
import { count, flag, size, table, text, texts, time } from "../schema/keys.ts";
import { schemaTree } from "../schema/zod-tree.ts";

/** A key that is reserved: `unsupportedSettings` refuses what it would turn on, and no page documents it. */
const unsupported = <Schema extends z.ZodType>(schema: Schema): Schema => schema.meta({ unsupported: true });

const exporter = (meaning: string) => ({
  transport: z.enum(["grpc", "http"]).default("grpc").describe(`how ${meaning} are sent`),
  endpoint: text("http://localhost:4317", `where ${meaning} are sent`),
});

/**
 * The runtime's file: the original's sections and keys with their defaults, and ours. Validation, environment variables, JSON
 * Schema and the reference page are all derived from it.
 */
export const runtimeFileSchema = z.object({
  strict: flag(false, "unknown keys are errors"),
  shutdown_timeout: time("30s", "time limit for the whole process to stop"),
  http: table({
    enabled: flag(true, "start the HTTP API"),
    address: text("127.0.0.1:8081", "bind address; port 0 picks a free one"),
    api_key: secret().default("").describe("API key that requests must carry in the header api-key; empty = none"),
    allowed_placeholders: texts(
      [],
      "variables (NAME) and files or folders (file:/path) to which placeholders in configurations sent to the API may refer",
    ),
    allowed_hosts: texts([], "without an API key: names besides localhost by which requests may address the API"),
    allow_insecure: flag(false, "bind to other than loopback addresses without an API key"),
    max_body_size: size("2MiB", "maximum size of a request body"),
    console: unsupported(flag(true, "serve the console")),
    docs: flag(true, "serve the documentation of the API"),
    cors: table({
      enabled: flag(false, "answer cross-origin requests of browsers"),
      allowed_methods: texts(["GET", "POST", "PUT", "DELETE"], "allowed methods"),
      allowed_origins: texts(["*"], "allowed origins; * = any, which without an API key may only read"),
      allowed_headers: texts(["content-type"], "allowed request headers"),
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
      domain: text("", "name in the server's certificate; empty = the host of the address"),
    }),
  }),
  state: table({
    path: text("local_state", "folder of the checkpoints of sources"),
    backend: unsupported(z.enum(["file", "iggy"]).default("file").describe("where checkpoints are stored")),
    stream: unsupported(text("iggy_connectors", "stream of the state topics")),
    interval: time("1s", "minimum time between two writes of a checkpoint; 0 = after every batch"),
  }),
  leases: table({
    enabled: unsupported(z.boolean().optional().describe("one owner per source among several runtimes")),
    check_interval: unsupported(time("2s", "how often a standby looks for a free lease")),
  }),
  dead_letter: table(deadLetterShape),
  connectors: table({
    config_type: z.enum(["local", "http"]).default("local").describe("where connector configurations come from"),
    config_dir: text("", "folder of the connector files"),
    reload: flag(true, "watch the folder and apply changes"),
    poll_interval: time("1m", "HTTP provider: how often the configurations are refreshed"),
    restart: table({
      initial_backoff: time("1s", "wait before a worker that died is restarted"),
      max_backoff: time("1m", "longest wait"),
    }),
    allowed_paths: texts([], "paths of modules that configurations sent to the API, or of a remote store, may name"),
    allowed_files: texts([], "files and folders that configurations sent to the API may read and write"),
    base_url: z.string().optional().describe("HTTP provider: prefix of every request"),
    timeout: time("10s", "HTTP provider: time limit of a request; `0` = 5 minutes"),
    request_headers: z.record(z.string(), secret()).default({}).describe("HTTP provider: headers of every request"),
    url_templates: table(
      Object.fromEntries(OPERATION_NAMES.map((name) => [name, z.string().optional().describe(`path of ${name}`)])),
    ).describe("HTTP provider: paths per operation"),
    response: table({
      data_path: z.string().optional().describe("HTTP provider: path of the payload in the answer"),
      error_path: z.string().optional().describe("HTTP provider: path of an error in the answer"),
    }),
    retry: table({
      enabled: flag(true, "HTTP provider: retry failed requests"),
      max_attempts: count(3, "HTTP provider: maximum number of retries"),
      initial_backoff: time("1s", "HTTP provider: wait before the first retry"),
      max_backoff: time("30s", "HTTP provider: longest wait"),
      backoff_multiplier: count(2, "HTTP provider: factor by which the wait grows"),
    }),
  }),
  telemetry: table({
    enabled: flag(false, "export logs and traces over OTLP"),
    service_name: text("iggy-connectors", "value of the attribute service.name"),
    logs: table(exporter("logs")),
    traces: table(exporter("traces")),
    metrics: table({ enabled: flag(false, "export metrics over OTLP"), ...exporter("metrics") }),
  }),
  logging: table({
    format: z.enum(["text", "json"]).default("text").describe("format of the log lines"),
    level: text(
      "info",
      "level, or directives such as info,iggy_connectors=debug; RUST_LOG and IGGY_CONNECTORS_LOG win",
    ),
  }),
});

/** The runtime's current configuration: durations in milliseconds, sizes in bytes. */
export type RuntimeConfig = z.output<typeof runtimeFileSchema>;

/** The configuration as it is written: every key may be left out. */
export type RuntimeConfigInput = z.input<typeof runtimeFileSchema>;

export const runtimeFileTree = schemaTree(runtimeFileSchema);
