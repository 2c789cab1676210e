import assert from "node:assert/strict";
import { test } from "node:test";
import { getAt, isTable } from "../../../shared/key-path.ts";
import { jsonSchemas } from "../../plugins/schemas.ts";

const files = new Map((await jsonSchemas()).map(({ path, schema }) => [path, schema]));
const at = (file: string, ...path: (string | number)[]) => getAt(files.get(file), path);

test("every kind of configuration file has a schema, and so has each connector", () => {
  for (const path of ["runtime.json", "sinks.json", "sources.json", "sinks/stdout.json", "sources/random.json"]) {
    assert.ok(files.has(path), path);
    assert.equal(at(path, "$schema"), "https://json-schema.org/draft/2020-12/schema");
    assert.deepEqual(at(path, "properties", "$schema"), { type: "string" });
    assert.equal(at(path, "additionalProperties"), false, "a key that nobody knows is a mistake");
  }
});

test("keys have their description and their default", () => {
  const timeout = at("runtime.json", "properties", "shutdown_timeout");
  assert.ok(isTable(timeout));
  assert.equal(timeout.default, "30s");
  assert.equal(timeout.description, "time limit for the whole process to stop");
  assert.equal(at("runtime.json", "properties", "http", "properties", "api_key", "secret"), true);
});

test("keys that are refused are not offered", () => {
  const state = at("runtime.json", "properties", "state", "properties");
  assert.ok(isTable(state));
  assert.ok("path" in state);
  assert.ok(!("backend" in state) && !("stream" in state));
  assert.equal(at("runtime.json", "properties", "leases"), undefined, "none of its keys can be set");
  for (const schema of files.values()) assert.ok(!JSON.stringify(schema).includes('"unsupported"'));
});

test("a placeholder may replace a number or a boolean", () => {
  const enabled = at("sinks.json", "properties", "enabled", "anyOf");
  assert.ok(Array.isArray(enabled));
  assert.equal(enabled[0].type, "boolean");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the configuration
  assert.match("${ENABLED}", new RegExp(enabled[1].pattern));
});

test("the path decides which settings a plugin has, in every spelling", () => {
  const choices = at("sinks.json", "allOf") as { if: { properties: { path: { anyOf: unknown[] } } }; then: object }[];
  const stdout = choices.find((choice) => JSON.stringify(choice).includes("#/$defs/stdout"));
  assert.ok(stdout !== undefined);
  const [names, library] = stdout.if.properties.path.anyOf as [{ enum: string[] }, { pattern: string }];
  assert.deepEqual(names.enum, ["stdout", "@iggy-connectors/sink-stdout"]);
  assert.match("target/release/libiggy_connector_stdout_sink.so", new RegExp(library.pattern));
  assert.doesNotMatch("target/release/libiggy_connector_stdout_source.so", new RegExp(library.pattern));
  assert.ok(isTable(at("sinks.json", "$defs", "stdout", "properties", "print_payload")));
  assert.equal(at("sinks/stdout.json", "properties", "plugin_config", "$ref"), "#/$defs/stdout");
});
