import type { MessageCodec, MessageSchema } from "@iggy-connectors/runtime/messages";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** Options that say how payloads are read or written. */
export interface SchemaOptions {
  readonly schema: string;
  readonly schemaPath?: string;
  readonly messageType?: string;
}

/** Adds `--schema` and what a schema needs, with their help. `raw`: what that schema does. */
export function withSchemaOptions(command: Command, raw: string): Command {
  return command
    .option("--schema <name>", `raw (${raw}), json, text, avro, proto or flat_buffer`, "raw")
    .option("--schema-path <file>", "the schema: .avsc for avro, .proto for proto, .bfbs for flat_buffer")
    .option("--message-type <name>", "proto: full name of the message type, such as shop.v1.Order");
}

/** The codec that the options describe. Throws `CliError` (usage). */
export async function codecOf(options: SchemaOptions, topic: string): Promise<MessageCodec> {
  const { ConnectorError, MESSAGE_SCHEMAS, MessageCodec } = await import("@iggy-connectors/runtime/messages");
  const { schema } = options;
  if (!(MESSAGE_SCHEMAS as readonly string[]).includes(schema)) {
    throw new CliError(`there is no schema ${JSON.stringify(schema)}`, {
      exitCode: EXIT.usage,
      place: "--schema",
      fix: `use one of ${MESSAGE_SCHEMAS.join(", ")}`,
    });
  }
  try {
    return await MessageCodec.open(schema as MessageSchema, options, topic);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { code, message, place, fix } = error;
    throw new CliError(message, { exitCode: EXIT.usage, code, place: place ?? "--schema", fix });
  }
}
