import { resolve } from "node:path";
import type { Schema } from "@iggy-connectors/sdk";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { readDocument } from "../document/document.ts";
import { ConfigurationError } from "../problem.ts";
import { DefinitionReader } from "./definition-reader.ts";

/** The transforms of a connector file, to be run without the connector. */
export interface FileTransforms {
  readonly type: ConnectorType;
  /** The file's absolute path. */
  readonly file: string;
  readonly transforms: unknown;
  /** Of the first stream. */
  readonly schema: Schema;
  /** Names of a source's streams. */
  readonly targets: readonly string[];
}

/** Reads a connector file and replaces its placeholders. Throws `ConfigurationError` with all errors in it. */
export async function readFileTransforms(
  path: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FileTransforms> {
  const file = resolve(path);
  const document = await readDocument(file);
  const type = document.value.type === "source" ? "source" : "sink";
  const reading = new DefinitionReader(document, type, {
    environment,
    workingDirectory: process.cwd(),
    strict: false,
    secret: () => undefined,
  });
  const { config, errors } = reading.finish(String(document.value.key)).connector;
  if (config === undefined) throw new ConfigurationError(errors);
  const targets = config.type === "source" ? config.streams.flatMap(({ name }) => name ?? []) : [];
  return { type, file, transforms: config.transforms, schema: config.streams[0]!.schema, targets };
}
