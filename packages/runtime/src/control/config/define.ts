import type { Schema } from "@iggy-connectors/sdk";
import type { z } from "zod";
import type { sinkFileSchema, sourceFileSchema } from "./connector-files/schema.ts";
import type { RuntimeConfigInput } from "./runtime-file/schema.ts";

/** The aliases of `schema` are for files of the original; typed files use our names. */
type Typed<File extends { streams: unknown[] }> = Omit<File, "streams" | "transforms"> & {
  streams: (Omit<File["streams"][number], "schema"> & { schema: Schema })[];
  transforms?: readonly Readonly<Record<string, unknown>>[] | Readonly<Record<string, unknown>>;
};

/** A sink's file as it is written. */
export type SinkInput = Typed<z.input<typeof sinkFileSchema>>;
/** A source's file as it is written. */
export type SourceInput = Typed<z.input<typeof sourceFileSchema>>;

/** The runtime's configuration in `iggy-connectors.config.ts`: `export default defineConfig({ … })`. It only adds types. */
export function defineConfig(config: RuntimeConfigInput): RuntimeConfigInput {
  return config;
}

/** A connector in `*.connector.ts`: `export default defineConnector({ … })`. It only adds types. */
export function defineConnector<Input extends SinkInput | SourceInput>(connector: Input): Input {
  return connector;
}
