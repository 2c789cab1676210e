import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually, RuntimeProcess, temporaryFolder } from "@iggy-connectors/testing";
import { attributesOf, OtlpReceiver } from "../../../test/telemetry/otlp-receiver.ts";
import { ConfigurationError } from "../config/problem.ts";
import type { RuntimeConfigInput } from "../config/runtime-file/schema.ts";
import type { LogLine } from "../logging/log-line.ts";
import { RuntimeLog } from "../logging/runtime-log.ts";
import { startRuntime } from "../runtime.ts";
import { RUNTIME_VERSION } from "../version.ts";
import { DeliveryWatch, MAX_WAITING } from "./delivery-watch.ts";
import { startTelemetry } from "./start.ts";

type TelemetryInput = NonNullable<RuntimeConfigInput["telemetry"]>;

async function runtime(
  folder: string,
  telemetry: TelemetryInput,
  connectors: RuntimeConfigInput["connectors"] = {},
  headers = "Authorization=Bearer%20xyz",
) {
  const lines: LogLine[] = [];
  const running = await startRuntime({
    config: {
      http: { address: "127.0.0.1:0" },
      connectors: { config_dir: folder, ...connectors },
      state: { path: join(folder, "state") },
      telemetry,
    },
    env: { OTEL_EXPORTER_OTLP_HEADERS: headers },
    workingDirectory: folder,
    onLog: (line) => lines.push(line),
  });
  return { running, lines };
}

function settings(url: string, transport: "grpc" | "http"): TelemetryInput {
  const at = (path: string) => ({ transport, endpoint: transport === "http" ? `${url}/in/${path}?x=1` : url });
  return {
    enabled: true,
    service_name: "orders",
    logs: at("logs"),
    traces: at("traces"),
    metrics: { enabled: true, ...at("metrics") },
  };
}

for (const transport of ["http", "grpc"] as const) {
  describe(`the telemetry of a runtime over ${transport}`, () => {
    it("has its log lines and metrics, with the name of the service, and is flushed when the runtime stops", async () => {
      await using folder = await temporaryFolder();
      await using receiver = await OtlpReceiver[transport]();
      const { running, lines } = await runtime(folder.path, settings(receiver.url, transport));
      await running.stop();
      assert.equal(receiver.resource["service.name"], "orders");
      assert.equal(receiver.resource["service.version"], RUNTIME_VERSION);
      assert.deepEqual(
        receiver.logs.map(({ body }) => body.stringValue),
        lines.map(({ message }) => message),
        "every line that passed the filter, to the last one",
      );
      const listening = receiver.logs.find(({ body }) => body.stringValue === "HTTP API is listening");
      assert.equal(listening?.severityText, "INFO");
      assert.deepEqual(attributesOf(listening.attributes), { address: running.address });
      assert.ok(receiver.scopes.has("iggy_connectors"));
      const sinks = receiver.metrics.find(({ name }) => name === "iggy_connectors_sinks_total");
      const [point] = sinks?.gauge?.dataPoints ?? [];
      assert.equal(point?.asDouble ?? point?.asInt, 0);
      const dropped = receiver.metrics.find(({ name }) => name === "iggy_connectors_telemetry_dropped");
      assert.equal(dropped?.sum?.isMonotonic, true);
      for (const { headers } of receiver.requests) assert.equal(headers.authorization, "Bearer xyz");
      const paths = new Set(receiver.requests.map(({ path }) => path));
      assert.ok(
        transport === "http"
          ? paths.has("/in/logs?x=1") && paths.has("/in/metrics?x=1")
          : paths.has("/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
        [...paths].join(),
      );
    });

    it("is sent again after the receiver was unavailable", async () => {
      await using folder = await temporaryFolder();
      await using receiver = await OtlpReceiver[transport]();
      receiver.refuse = 1;
      const { running, lines } = await runtime(folder.path, { ...settings(receiver.url, transport), metrics: {} });
      await running.stop();
      assert.equal(receiver.logs.length, lines.length);
      assert.ok(receiver.requests.length > 1);
    });
  });
}

it("each request to a remote configuration provider has a span, which the provider can continue", async () => {
  await using folder = await temporaryFolder();
  await using receiver = await OtlpReceiver.grpc();
  const seen: IncomingHttpHeaders[] = [];
  const store = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(200, { "content-type": "application/json" }).end('{"sinks":{},"sources":{}}');
  });
  await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
  try {
    const base_url = `http://127.0.0.1:${(store.address() as AddressInfo).port}/api`;
    const { running } = await runtime(folder.path, settings(receiver.url, "grpc"), { config_type: "http", base_url });
    await eventually(() => seen.length > 0);
    await running.stop();
    const [span] = receiver.spans;
    assert.equal(span?.name, "GET");
    const attributes = attributesOf(span.attributes);
    assert.equal(attributes["http.response.status_code"], 200);
    assert.match(String(attributes["url.full"]), /^http:\/\/127\.0\.0\.1:\d+\/api\//);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    assert.equal(seen[0]?.traceparent, `00-${hex(span.traceId)}-${hex(span.spanId)}-01`);
  } finally {
    store.closeAllConnections();
    await new Promise((resolve) => store.close(resolve));
  }
});

/** Telemetry without a runtime, with the lines that it logs. */
function telemetryAlone(endpoint: string, transport: "grpc" | "http") {
  const log = new RuntimeLog();
  const lines: LogLine[] = [];
  log.configure({ enabled: () => true, mostVerbose: "trace" }, (line) => lines.push(line));
  const exporter = { transport, endpoint };
  const telemetry = startTelemetry({
    config: {
      enabled: true,
      service_name: "x",
      logs: exporter,
      traces: exporter,
      metrics: { enabled: false, ...exporter },
    },
    environment: {},
    log,
    writeMetrics: () => {},
  });
  const line = (message: string): LogLine => ({
    level: "info",
    time: Date.now(),
    target: "iggy_connectors",
    message,
    fields: { big: 2n ** 60n, list: [1] },
  });
  return { telemetry, lines, line };
}

for (const transport of ["http", "grpc"] as const) {
  it(`records for an unreachable receiver are bounded, dropped, counted, and logged once (${transport})`, async () => {
    const { telemetry, lines, line } = telemetryAlone("http://127.0.0.1:1", transport);
    const total = MAX_WAITING * 3;
    for (let index = 0; index < total; index++) telemetry.log(line(`line ${index}`));
    assert.equal(telemetry.dropped.logs, total - MAX_WAITING, "records beyond the limit are dropped at once");
    await telemetry.stop(300);
    assert.equal(telemetry.dropped.logs, total, "every record was dropped and counted");
    assert.ok(lines.length <= 2, JSON.stringify(lines));
    assert.match(lines.at(-1)?.message ?? "", /telemetry/);
  });

  it(`a receiver that never responds does not delay the stop (${transport})`, async () => {
    await using receiver = await OtlpReceiver[transport]();
    receiver.silent = true;
    const { telemetry, lines, line } = telemetryAlone(receiver.url, transport);
    telemetry.log(line("lost"));
    await telemetry.stop(200);
    assert.deepEqual([telemetry.dropped.logs, lines.at(-1)?.fields.lost], [1, 1]);
  });
}

it("no record is accepted after the stop", async () => {
  const { telemetry, lines, line } = telemetryAlone("http://127.0.0.1:1", "grpc");
  telemetry.log(line("x"));
  await telemetry.stop(0);
  assert.equal(telemetry.dropped.logs, 1);
  telemetry.log(line("after the end"));
  assert.equal(telemetry.dropped.logs, 1);
  assert.equal(lines.length, 1);
});

it("when a receiver is available again, this is logged with the number of dropped records", async () => {
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const watch = new DeliveryWatch("logs", "http://collector", {
    trace: note,
    debug: note,
    info: note,
    warn: note,
    error: note,
  });
  let works = false;
  const exporter = {
    export: (_: readonly number[], done: (result: { code: number }) => void) => done({ code: works ? 0 : 1 }),
  };
  watch.watch(exporter, ({ length }: readonly number[]) => length);
  const send = (): void => {
    watch.admit();
    exporter.export([1], () => {});
  };
  for (let round = 0; round < 3; round++) send();
  works = true;
  send();
  assert.deepEqual([watch.dropped, lines.length, lines.at(-1)], [3, 2, "telemetry is being sent again"]);
});

it("after a failed start nothing keeps the process alive", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "state"), "no folder");
  const config = join(folder.path, "config.toml");
  const away = 'endpoint = "http://127.0.0.1:1"';
  await writeFile(
    config,
    `[http]\naddress = "127.0.0.1:0"\n[connectors]\nconfig_dir = "${folder.path}"\n[state]\npath = "${join(folder.path, "state")}"\n[telemetry]\nenabled = true\n[telemetry.logs]\n${away}\n[telemetry.traces]\n${away}\n[telemetry.metrics]\nenabled = true\n${away}\n`,
  );
  await using child = RuntimeProcess.start(config, 1);
  assert.equal(await child.exited, 1, child.output);
  assert.match(child.output, /IGC_STATE_FOLDER/);
});

it("an exporter that cannot be created fails the start, with an error that does not show the header's value", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(runtime(folder.path, { enabled: true }, {}, "api-key=s3cret%0Aline"), (error: Error) => {
    assert.equal((error as { code?: unknown }).code, "IGC_CONFIG_TELEMETRY");
    assert.match(error.message, /api-key/);
    assert.doesNotMatch(error.message, /s3cret/);
    return true;
  });
});

it("the OpenTelemetry libraries are imported only by this folder, which is loaded only if telemetry is enabled", async () => {
  const source = new URL("../../", import.meta.url);
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const telling = await Promise.all(
    files.map(async (file) => [file, await readFile(new URL(file, source), "utf8")] as const),
  );
  const users = telling.filter(
    ([file, text]) => !file.startsWith("control/telemetry") && /"@opentelemetry\//.test(text),
  );
  assert.deepEqual(users, []);
  const loads = telling.filter(
    ([file, text]) => !file.startsWith("control/telemetry") && /from ".*telemetry\/(?!telemetry\.ts)/.test(text),
  );
  assert.deepEqual(loads, []);
});

it("an invalid endpoint is a finding at the start", async () => {
  const found = async (telemetry: TelemetryInput) => {
    await using folder = await temporaryFolder();
    return await runtime(folder.path, telemetry).then(
      () => assert.fail("it started"),
      (error: unknown) => {
        assert.ok(error instanceof ConfigurationError);
        return error.problems.map(({ key, message }) => `${key}: ${message}`);
      },
    );
  };
  assert.deepEqual(await found({ enabled: true, logs: { endpoint: "collector:4317" } }), [
    'telemetry.logs.endpoint: "collector:4317" is not an HTTP URL',
  ]);
  assert.deepEqual(await found({ enabled: true, traces: { endpoint: "http://collector:4317/v1/traces" } }), [
    "telemetry.traces.endpoint: the endpoint of gRPC must not have a path",
  ]);
  assert.deepEqual(await found({ metrics: { enabled: true } }), [
    "telemetry.metrics.enabled: metrics are exported only if telemetry is enabled",
  ]);
});
