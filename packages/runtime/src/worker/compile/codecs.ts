import type { Codec } from "@iggy-connectors/codecs";
import { type CodecKeys, createCodec, type RegistryKeys } from "@iggy-connectors/codecs";
import type { Schema } from "@iggy-connectors/sdk";
import type { SchemaRegistry } from "@iggy-connectors/sdk/internal";
import { transformDirectories } from "../../shared/transform-directories.ts";
import type { Task } from "../task/task.ts";

/**
 * The codec of a `[[streams]]` entry; schemas in files are read here, those in a registry when messages need them.
 * @throws FatalError naming the schema that cannot be used.
 */
export async function loadCodec(
  task: Task,
  stream: { readonly schema: Schema; readonly codec: CodecKeys },
  topic: string,
): Promise<Codec> {
  const { spec, logger } = task;
  const keys = stream.codec.schema_registry;
  const connect = keys === undefined ? undefined : await registryConnector();
  const registryOf = (registry: RegistryKeys): SchemaRegistry => {
    const connected = connect!(registry, task.lifetime.ended);
    return spec.rehearsal === true ? withoutRegistration(connected) : connected;
  };
  return createCodec(stream.schema, stream.codec, {
    folders: transformDirectories(spec),
    topic,
    warn: (message) => logger.warn(message, { topic }),
    ...(connect === undefined ? {} : { registry: registryOf }),
  });
}

/** Pretends to register a schema: what is encoded with it goes nowhere. */
function withoutRegistration(registry: SchemaRegistry): SchemaRegistry {
  return {
    byId: (id, signal) => registry.byId(id, signal),
    latest: (subject, signal) => registry.latest(subject, signal),
    lookup: (subject, type, text, signal) => registry.lookup(subject, type, text, signal),
    register: async () => 0,
  };
}

/** The codecs of a source's `[[streams]]` entries, in their order. */
export function loadSourceCodecs(task: Task): Promise<Codec[]> {
  return Promise.all(task.spec.sourceStreams.map((stream) => loadCodec(task, stream, stream.topic)));
}

/** Loaded only where a stream has a registry: a worker costs memory for every module it imports. */
async function registryConnector() {
  const { connectSchemaRegistry } = await import("@iggy-connectors/http");
  return connectSchemaRegistry;
}
