interface CodecText {
  readonly introduction: string;
  readonly notes: string;
}

export const OVERVIEW = `# Schemas of messages

\`schema\` of a \`[[streams]]\` entry says what the messages of its topics are. A sink gets the values, or their JSON, of messages that have a
schema; a source's values are written by it.

| Schema | Messages | A plugin sees |
| --- | --- | --- |
| \`json\` | strict JSON in UTF-8; integers of 64 bits keep every digit | JSON |
| \`text\` | UTF-8 | text |
| \`raw\` | any bytes | bytes |
| [\`proto\`](proto.md) | protobuf | JSON; bytes with \`proto_mode = "raw"\` |
| [\`avro\`](avro.md) | a bare Avro datum | JSON |
| [\`flat_buffer\`](flat_buffer.md) | a FlatBuffer | JSON |

\`flatbuffer\`, \`flatbuffers\` and \`protobuf\` are read as \`flat_buffer\` and \`proto\`. Where the bytes themselves are wanted, whatever they are,
the schema is \`raw\`.

A [schema registry](schema_registry.md) gives the schemas of \`avro\`, \`proto\` and \`json\` messages.

## Paths

A relative path of a schema is looked up beside the connector's file, then in the working directory (where the original looks).

## Numbers

Nothing is rounded: integers beyond 2^53 are exact JSON integers (\`bigint\` for plugins) or decimal text, as the keys of each schema say;
decimals are text or the bytes on the wire.

## Bad messages

A payload that is not what its schema says is a failed message with code \`IGC_DECODE_<SCHEMA>\` that names schema and field; its neighbours
are delivered. Lengths, counts and offsets are checked before anything is allocated; nesting is limited (100 levels of protobuf, 200
of Avro, 64 of FlatBuffers), and a message is decoded as a whole or not at all. A value that the schema cannot express fails with
\`IGC_SOURCE_ENCODE\`.

## Where the original differs

- It hands a sink the decoded JSON of \`avro\` and \`flat_buffer\` messages under their stream's label, so that most sinks cannot read it. Here it is JSON.
- It has no keys for protobuf and FlatBuffers on a stream: protobuf is always an Any, a FlatBuffer always the placeholder.
- It reports an unusable Avro schema at the first message; here, as for every schema, the connector does not start.
- It has no schema registry.
`;

export const CODEC_TEXTS: Readonly<Record<"proto" | "avro" | "flat_buffer" | "schema_registry", CodecText>> = {
  proto: {
    introduction: `# proto

Protobuf messages as [protobuf's JSON mapping](https://protobuf.dev/programming-guides/json/), well-known types included: times are RFC 3339, durations
\`"1.5s"\`, \`Struct\` and \`Value\` plain JSON, wrappers their value, and an \`Any\` is resolved through the schema (one of a type that the schema does not have
keeps its bytes in base64). Names are those of the \`.proto\` file. proto2, proto3 and editions; groups are refused.
`,
    notes: `## Notes

- Absent fields are absent; fields without presence that are zero are left out, unless \`proto_emit_defaults\` is set.
- Values may use the names of the file or lowerCamelCase; members that the type does not have are left out, \`null\` counts as absent.
- \`raw\` and \`text\` payloads of a source are read as the JSON they hold. Bytes that a source produces as \`proto\` pass unchecked.

## Where the original differs

- It reads neither nested messages, repeated fields, maps, enums by name nor zigzag, fixed and floating-point numbers; it falls back to Any where a message
  does not decode. Here that message fails.
- It writes 64-bit integers as JSON numbers, protobuf's mapping as text: \`proto_int64_as = "number"\` gives the original's form.
- It finds a type nested twice only under a shortened name.
- It refuses \`null\` for a field, and nested values that are not base64.
`,
  },
  avro: {
    introduction: `# avro

One bare Avro datum per message, as the original: no container file, no single-object header. With a [schema registry](schema_registry.md) each message
names its schema.
`,
    notes: `## Notes

- A union's value is written by the first branch that takes it, those of exactly its JSON type first. A missing member is the field's default.
- Decimals are written from text or from bytes, times from RFC 3339 text or from numbers; text for \`bytes\` and \`fixed\` is base64 with logical types,
  and its UTF-8 without.
- \`text\` payloads of a source are read as JSON; bytes pass unchecked.

## Where the original differs

- It ignores defaults, cannot write \`fixed\`, decimals, durations and small timestamps, and fails on references to named types.
- It writes a text as \`bytes\` where that branch of a union comes first.
- It takes a last text that is cut off for null; here the message fails.
- It has no schema evolution.
`,
  },
  flat_buffer: {
    introduction: `# flat_buffer

FlatBuffers by their binary schema (\`flatc --schema --binary order.fbs\` makes \`order.bfbs\`), in the JSON form of \`flatc\`: enum values by name, flags with spaces
between, a union beside its \`<name>_type\`, structs and tables as objects, vectors as arrays. A file identifier that the schema
declares is required.
`,
    notes: `## Notes

- Absent scalars are left out, unless \`flatbuffer_emit_defaults\` is set.
- An enum whose values are all powers of two is read as flags: \`flatc\` leaves the attribute out of a binary schema.
- Offsets may be shared: a buffer that stands for more than a million tables or 64 MiB of content is refused.

## Where the original differs

- It reads no schema: the placeholder below is all it knows. Without \`flatbuffer_schema_path\` it is the same here, with a warning.
- What it writes from JSON no FlatBuffers reader can follow. Without a schema the JSON text is written as the buffer's root here.
`,
  },
  schema_registry: {
    introduction: `# schema_registry

Schemas from a registry that speaks Confluent's REST API. Each message begins with a zero byte and its schema's id (for protobuf also the path to its type);
it is read by the schema it was written with, its references included.

\`\`\`toml
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "avro"

[streams.schema_registry]
url = "https://registry.example.org:8081"
username = "connectors"
password = "\${REGISTRY_PASSWORD}"
\`\`\`
`,
    notes: `## Reading

- The ids of a batch that are not known are fetched together before it is decoded. While the registry is away the batch is retried, as for a destination;
  an id that the registry does not have fails the messages that name it (\`IGC_DECODE_SCHEMA_ID\`), and is asked for again after 30 seconds.
- \`avro\`: a schema that the stream itself names is the reader's: older data are read as its values.
- \`json\`: messages that do not conform to their JSON Schema fail.

## Writing

- With a schema in the stream's own keys that schema is looked up in the subject and registered where it is missing (\`auto_register\`); otherwise
  the subject's newest schema is used. \`json\` always uses the newest.
- \`proto\`: \`proto_message_type\` says which message of the schema is written; default: the first.
- Bytes that a source produces in the stream's schema are a bare datum: they are checked and framed.
- \`subject\` defaults to the topic's name and \`-value\`; for a sink of several topics, to the first one's.

\`https\` addresses are verified against the system's authorities. Certificates of one's own: \`NODE_EXTRA_CA_CERTS\`.
`,
  },
};
