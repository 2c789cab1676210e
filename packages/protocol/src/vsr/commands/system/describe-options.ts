import type { Command } from "../../../command.ts";
import { ProtocolError } from "../../../errors.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { OptionDescription } from "../../../values/resources.ts";
import { readCounted } from "../../structures/fields/list.ts";
import { readName, writeName } from "../../structures/fields/name.ts";

/*
 * request: scope u8 (1 topic, 2 stream, 3 user)
 * response: count u32, then per key: name, kind u8, default length u32, default in that kind, description text32
 */
const SCOPES = ["topic", "stream", "user"] as const;
const MIN_OPTION_SIZE = 11;

export interface DescribeOptionsRequest {
  readonly scope: (typeof SCOPES)[number];
}

export const describeOptions: Command<DescribeOptionsRequest, readonly OptionDescription[]> = {
  name: "describe_options",
  operation: OPERATION.nonReplicated,
  code: 13,
  encodeRequest(writer, { scope }) {
    writer.u8(SCOPES.indexOf(scope) + 1);
  },
  decodeRequest(reader) {
    const code = reader.u8();
    const scope = SCOPES[code - 1];
    if (scope === undefined) throw new ProtocolError(`unknown option scope ${code}`, 0);
    return { scope };
  },
  encodeResponse(writer, options) {
    writer.u32(options.length);
    for (const { key, kind, defaultValue, description } of options) {
      writeName(writer, key);
      writer.u8(kind).u32(defaultValue.length).bytes(defaultValue).str32(description);
    }
  },
  decodeResponse(reader) {
    return readCounted(reader, reader.u32(), MIN_OPTION_SIZE, readOption);
  },
};

function readOption(reader: Reader): OptionDescription {
  return {
    key: readName(reader),
    kind: reader.u8(),
    defaultValue: reader.bytes(reader.u32()),
    description: reader.str32(),
  };
}
