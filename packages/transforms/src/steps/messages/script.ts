import type {
  ConfigSchema,
  Headers,
  HeaderValue,
  Schema,
  ScriptFunction,
  ScriptHeaders,
  ScriptMessage,
  ScriptOutput,
} from "@iggy-connectors/sdk";
import { RejectedError, SCHEMAS } from "@iggy-connectors/sdk";
import {
  describeIssues,
  formatIssues,
  holdsSpelling,
  type JsonObject,
  keepSpelling,
  setMember,
  typeName,
} from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import type { TransformContext } from "../../definition/context.ts";
import { type DerivedMessage, defineTransform, FILTERED, type TransformMessage } from "../../definition/transform.ts";
import { typedHeaders } from "../../values/headers.ts";
import { keepDigits } from "../../values/kept-digits.ts";
import { scriptValue } from "../../values/script-value.ts";

/** A script that returns more messages for one is most likely in error. */
const MAX_MESSAGES = 100_000;

const ENRICH = `import { defineScript } from "@iggy-connectors/sdk";

export default defineScript<{ total: number }>((message) => {
  if (message.value.total === 0) return null;
  return { value: { ...message.value, large: message.value.total > 100 }, headers: { checked: true } };
});
`;

const ITEMS = `import { defineScript, type ScriptMessage } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineScript({
  config: z.object({ limit: z.number() }),
  transform(message: ScriptMessage<{ order: number; items: string[] }>, { config }) {
    const { order, items } = message.value;
    return items.slice(0, config.limit).map((item) => ({ value: { order, item } }));
  },
});
`;

/** `script`: calls a user's function. */
export const script = defineTransform({
  type: "script",
  description:
    "Calls a function of a TypeScript or JavaScript file for every message. The function returns the message or another one, a list of messages, or null to filter it; if it throws, the message fails and is handled as on_error says. It must be synchronous.",
  notes: [
    "The file runs without a build step: only erasable syntax is allowed (no enums, no parameter properties). @iggy-connectors/sdk and zod can be imported wherever the file is located. When the file changes, the connector is restarted; files that it imports are not watched.",
    "Declare the function with defineScript of @iggy-connectors/sdk, which types its message and configuration.",
  ],
  settings: z.object({
    path: z
      .string()
      .min(1)
      .describe("Path of the file, relative to the connector file")
      .meta({ example: "./enrich.ts" }),
    export: z.string().min(1).default("default").describe("Name of the export that is called"),
    config: z
      .unknown()
      .optional()
      .describe("Passed to the function as context.config")
      .meta({ example: { limit: 100 } }),
    output: z
      .enum(["json", "text", "raw"])
      .optional()
      .describe("Kind of the values that it returns, if it differs from the input: JSON values, strings or bytes"),
  }),
  examples: [
    {
      title: "A field and a header",
      settings: { path: "./enrich.ts" },
      files: { "enrich.ts": ENRICH },
      input: { json: { total: 250 } },
      output: [{ json: { total: 250, large: true }, headers: { checked: true } }],
    },
    {
      title: "Filtered",
      settings: { path: "./enrich.ts" },
      files: { "enrich.ts": ENRICH },
      input: { json: { total: 0 } },
      output: [],
    },
    {
      title: "Several messages of one, with settings",
      settings: { path: "./items.ts", config: { limit: 2 } },
      files: { "items.ts": ITEMS },
      input: { json: { order: 7, items: ["tea", "milk", "salt"] } },
      output: [{ json: { order: 7, item: "tea" } }, { json: { order: 7, item: "milk" } }],
    },
  ],
  async create({ path, export: name, config, output }, context) {
    const call = await loadScript(path, name, config, context);
    const scriptContext = { config: call.config, name: context.name };
    const { run } = call;
    return {
      kinds: SCHEMAS,
      ...(output === undefined ? {} : { outputKind: () => output }),
      process(message) {
        const kind = output ?? message.kind;
        const input = new ScriptInput(message);
        const result: unknown = run(input, scriptContext);
        if (result === null) return FILTERED;
        if (!Array.isArray(result)) {
          const derived = toDerived(result, input, kind);
          message.value = derived.value;
          message.kind = kind;
          if (derived.headers !== undefined) message.headers = derived.headers;
          if (derived.target !== undefined) message.target = derived.target;
          if (derived.key !== undefined) message.key = derived.key;
          return undefined;
        }
        if (result.length > MAX_MESSAGES) throw scriptError(`it returned ${result.length} messages for one`);
        return result.map((one) => toDerived(one, input, kind));
      },
    };
  },
});

interface LoadedScript {
  readonly run: ScriptFunction<unknown>;
  readonly config: unknown;
}

async function loadScript(
  path: string,
  name: string,
  config: unknown,
  context: TransformContext,
): Promise<LoadedScript> {
  const module = await context.loadModule(context.resolve(path));
  const exported = module[name];
  if (typeof exported === "function") return { run: exported as ScriptFunction<unknown>, config };
  const definition = exported as { config?: ConfigSchema; transform?: unknown } | null | undefined;
  if (typeof definition !== "object" || definition === null || typeof definition.transform !== "function") {
    const names = Object.keys(module);
    throw context.invalid(
      "export",
      exported === undefined
        ? `${path} has no export ${JSON.stringify(name)}: its exports are ${names.length === 0 ? "none" : names.join(", ")}`
        : `the export ${JSON.stringify(name)} of ${path} is not a function: declare it with defineScript`,
    );
  }
  const run = definition.transform.bind(definition) as ScriptFunction<unknown>;
  const schema = definition.config;
  if (schema === undefined) return { run, config };
  const result = await schema["~standard"].validate(config ?? {});
  if (result.issues === undefined) return { run, config: result.value };
  throw context.invalid(
    "config",
    `does not match the schema of ${path}:\n${formatIssues(describeIssues(result.issues))}`,
  );
}

/** What the function is given: a view of the chain's message, with a value that the function may change. */
class ScriptInput implements ScriptMessage<unknown> {
  value: unknown;
  target: string | undefined;
  key: string | Uint8Array | undefined;
  readonly given: unknown;
  readonly #message: TransformMessage;
  #headers: Headers | undefined;

  constructor(message: TransformMessage) {
    this.#message = message;
    this.value = message.owned ? message.value : copyOf(message.value);
    this.given = this.value;
    this.target = message.target;
    this.key = message.key;
  }

  get headers(): Headers {
    return this.#headers ?? this.#message.headers;
  }

  set headers(headers: ScriptHeaders) {
    this.#headers = typedHeaders(headers);
  }

  get changedHeaders(): Headers | undefined {
    return this.#headers;
  }

  header(name: string): HeaderValue["value"] | undefined {
    return this.headers.get(name)?.value;
  }

  get kind(): Schema {
    return this.#message.kind;
  }

  get stream(): string | undefined {
    return this.#message.stream;
  }

  get topic(): string | undefined {
    return this.#message.topic;
  }

  get partition(): number | undefined {
    return this.#message.partition;
  }

  get offset(): bigint | undefined {
    return this.#message.offset;
  }

  get id(): bigint | undefined {
    return this.#message.id;
  }

  get timestamp(): number | undefined {
    return this.#message.timestamp;
  }

  get originTimestamp(): number | undefined {
    return this.#message.originTimestamp;
  }
}

function toDerived(result: unknown, input: ScriptInput, kind: Schema): DerivedMessage {
  if (result === undefined) throw scriptError("it returned nothing: return the message, null to filter it, or a list");
  if (result instanceof Promise) {
    // The promise may still be rejected, and nothing awaits it.
    result.catch(() => undefined);
    throw scriptError("it returned a promise: a script must be synchronous");
  }
  if (typeof result !== "object" || result === null || !("value" in result)) {
    throw scriptError(`it returned ${typeName(result)} where a message (an object with value) is expected`);
  }
  const { value, target, key } = result as ScriptOutput;
  const headers = result === input ? input.changedHeaders : headersOf(result as ScriptOutput, input);
  return {
    value: fresh(checked(value, kind), input),
    kind,
    ...(headers === undefined ? {} : { headers }),
    ...(target === undefined ? {} : { target }),
    ...(key === undefined ? {} : { key }),
  };
}

function headersOf({ headers }: ScriptOutput, input: ScriptInput): Headers | undefined {
  return headers === undefined ? input.changedHeaders : typedHeaders(headers);
}

function checked(value: unknown, kind: Schema): unknown {
  if (kind === "json") return scriptValue(value, scriptError);
  const wanted = kind === "text" || kind === "proto" ? "string" : "bytes";
  const fits = wanted === "string" ? typeof value === "string" : value instanceof Uint8Array;
  if (fits) return value;
  throw scriptError(`it returned ${typeName(value)} where ${kind} is expected: set output to the kind that it returns`);
}

/** A value that was changed in place must not be taken for an unchanged one. */
function fresh(value: unknown, { given }: ScriptInput): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (value !== given) {
    keepDigits(value, given);
    return value;
  }
  if (!Array.isArray(value)) return { ...value };
  const copy = [...value];
  keepSpelling(copy, value);
  return copy;
}

/** A copy that a script may change, with all that objects and arrays know about their members. */
function copyOf(value: unknown): unknown {
  return holdsSpelling(value) ? deepCopy(value) : structuredClone(value);
}

function deepCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy = Array.isArray(value) ? value.map(deepCopy) : copyOfObject(value as JsonObject);
  keepSpelling(copy as object, value);
  return copy;
}

function copyOfObject(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) setMember(copy, key, deepCopy(object[key]));
  return copy;
}

function scriptError(message: string): RejectedError {
  return new RejectedError(message, { code: "IGC_TRANSFORM_SCRIPT", fix: "correct the script" });
}
