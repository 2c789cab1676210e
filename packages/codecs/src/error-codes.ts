/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_CONFIG_SCHEMA_FILE: {
    meaning: "A schema file cannot be read.",
    cause: "The path is wrong, or the file cannot be read by the user of the runtime.",
    fix: "Correct the path. Relative paths start at the connector file, then at the working directory.",
  },
  IGC_CONFIG_SCHEMA_INVALID: {
    meaning: "A schema cannot be used.",
    cause:
      "The schema has a syntax error, refers to something that does not exist, or is not of the expected language.",
    fix: "Correct the schema; the message gives the place.",
  },
  IGC_CONFIG_SCHEMA_MISSING: {
    meaning: "A stream needs a schema, and none is configured.",
    cause: "The format of the stream is one that cannot be read without a schema.",
    fix: "Set the schema's file or text, or a schema registry, in the entry of the stream.",
  },
  IGC_CONFIG_SCHEMA_TYPE: {
    meaning: "A schema does not have the message or table that is named.",
    cause: "The name is misspelt, lacks its package, or the file is another one.",
    fix: "Use one of the names that the message lists.",
  },
  IGC_CONFIG_SCHEMA_UNSUPPORTED: {
    meaning: "A schema cannot be read without the settings of its stream.",
    cause: "A codec was asked for by its name alone, and this one needs a schema.",
    fix: "Give the stream its schema keys, or use the schema raw.",
  },
  IGC_DECODE_AVRO: {
    meaning: "A payload cannot be read by its Avro schema.",
    cause: "The producer used another schema, or the payload is truncated or is not Avro.",
    fix: "Compare the schema of the stream with that of the producer. The message gives the field.",
  },
  IGC_DECODE_FLAT_BUFFER: {
    meaning: "A payload cannot be read by its FlatBuffers schema.",
    cause: "The producer used another schema or root type, or the payload is truncated.",
    fix: "Compare schema and root type with those of the producer. The message gives the field.",
  },
  IGC_DECODE_PROTO: {
    meaning: "A payload cannot be read as the protobuf message that is configured.",
    cause: "The producer sends another message type, or the payload is truncated.",
    fix: "Compare proto_message_type and schema with those of the producer. The message gives the field.",
  },
  IGC_DECODE_SCHEMA_ID: {
    meaning: "A payload does not name a schema that can be used.",
    cause:
      "The payload has no registry header, names an id that the registry does not have, or a schema of another language.",
    fix: 'Set framing = "none" for payloads without a header, or check which registry and serializer the producer uses.',
  },
  IGC_DECODE_SCHEMA_VIOLATION: {
    meaning: "A payload is JSON, but its registered JSON Schema forbids it.",
    cause: "The producer sends what the schema forbids, or leaves out what it requires.",
    fix: "The message names the field and the rule. Correct the data, or register a schema that allows it.",
  },
  IGC_DECODE_TEXT: {
    meaning: "A payload is not text.",
    cause: "Its bytes are not UTF-8.",
    fix: "Send UTF-8, or use the schema raw.",
  },
  IGC_SOURCE_PAYLOAD_TYPE: {
    meaning: "A source produced a value that the schema of its stream does not take.",
    cause: "For example an object for a stream of raw bytes.",
    fix: "Produce what the schema takes, or choose the schema after what the source produces.",
  },
  IGC_SOURCE_SCHEMA_VIOLATION: {
    meaning: "A value is to be written that the JSON Schema of its subject forbids.",
    cause: "The source or a transform produces what the schema forbids, or leaves out what it requires.",
    fix: "The message names the field and the rule. Correct the data, or register a schema that allows it.",
  },
} as const;
