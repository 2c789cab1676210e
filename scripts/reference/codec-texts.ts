interface CodecText {
  readonly introduction: string;
  readonly notes: string;
}

export const OVERVIEW = `# Schemas of messages

The key \`schema\` of a \`[[streams]]\` entry is the format of the messages in its topics. A sink gets the decoded values of its messages, or
their JSON; the values of a source are encoded by it.

| Schema | Messages | A plugin gets |
| --- | --- | --- |
| \`json\` | strict JSON in UTF-8; numbers keep every digit | JSON |
| \`text\` | UTF-8 | text |
| \`raw\` | any bytes | bytes |
| [\`proto\`](proto.md) | protobuf | JSON; bytes with \`proto_mode = "raw"\` |
| [\`avro\`](avro.md) | a bare Avro datum | JSON |
| [\`flat_buffer\`](flat_buffer.md) | a FlatBuffer | JSON |

\`flatbuffer\` and \`flatbuffers\` are accepted for \`flat_buffer\`, and \`protobuf\` for \`proto\`. To get the bytes of any message unchanged,
use \`raw\`.

A [schema registry](schema_registry.md) can provide the schemas of \`avro\`, \`proto\` and \`json\` messages.

## Paths

A relative path of a schema is looked up in the folder of the connector file, then in the working directory, as in the original.

## Numbers

What becomes of each type in each codec and target is in [Values](../values.md). No number is rounded: integers beyond 2^53 are exact JSON integers (\`bigint\` for plugins) or decimal strings, depending on the keys of
each schema; decimals are strings or the encoded bytes.

## Bad messages

A payload that does not match its schema is a failed message, with code \`IGC_DECODE_<SCHEMA>\` and the schema and field in the error; the
other messages of its batch are delivered. Lengths, counts and offsets are checked before anything is allocated; nesting is limited (100 levels of protobuf, 200
of Avro, 64 of FlatBuffers), and a message is decoded as a whole or not at all. A value that its schema cannot express fails with
\`IGC_SOURCE_ENCODE\`.

## Differences from the original

- It gives sinks the decoded JSON of \`avro\` and \`flat_buffer\` messages labelled with the stream's schema, which most sinks do not accept. Here
  it is labelled JSON.
- A stream has no keys for protobuf and FlatBuffers: protobuf is always an Any, a FlatBuffer always the placeholder.
- It reports an invalid Avro schema at the first message; here, as for every schema, the connector does not start.
- It has no schema registry.
`;

export const CODEC_TEXTS: Readonly<Record<"proto" | "avro" | "flat_buffer" | "schema_registry", CodecText>> = {
  proto: {
    introduction: `# proto

Protobuf messages as [protobuf's JSON mapping](https://protobuf.dev/programming-guides/json/), well-known types included: times are RFC 3339, durations
\`"1.5s"\`, \`Struct\` and \`Value\` plain JSON, wrappers their value, and the content of an \`Any\` is decoded by the schema (if the schema does not have its type, it
stays encoded, in base64). Names are those of the \`.proto\` file. proto2, proto3 and editions are supported; groups are not.
`,
    notes: `## Notes

- Absent fields are omitted, and so are fields without presence that are zero, unless \`proto_emit_defaults\` is set.
- Values to be encoded may use the names of the file or lowerCamelCase; members that the type does not have are ignored, \`null\` counts as absent.
- \`raw\` and \`text\` payloads of a source are parsed as JSON. Bytes that a source produces as \`proto\` are not checked.

## Differences from the original

- It does not read nested messages, repeated fields, maps, enums by name, or zigzag, fixed and floating-point numbers; if a message cannot be decoded, it
  falls back to Any. Here that message fails.
- It writes 64-bit integers as JSON numbers, while protobuf's mapping uses strings: \`proto_int64_as = "number"\` gives the original's form.
- It finds a type that is nested twice only by a shortened name.
- It rejects \`null\` for a field, and nested values that are not base64.
`,
  },
  avro: {
    introduction: `# avro

One bare Avro datum per message, as in the original: no container file, no single-object header. With a [schema registry](schema_registry.md) each message
refers to its schema.
`,
    notes: `## Notes

- The value of a union is encoded by the first branch that takes it; branches of exactly its JSON type are tried first. A missing member has the
  field's default.
- Decimals are encoded from strings or bytes, times from RFC 3339 strings or numbers; a string for \`bytes\` and \`fixed\` is base64 with logical types, and
  UTF-8 without.
- \`text\` payloads of a source are parsed as JSON; bytes are not checked.

## Differences from the original

- It ignores defaults, cannot encode \`fixed\`, decimals, durations and small timestamps, and fails on references to named types.
- It encodes a string as \`bytes\` if that branch of a union comes first.
- It takes a truncated last string for null; here the message fails.
- It does not support schema evolution.
`,
  },
  flat_buffer: {
    introduction: `# flat_buffer

FlatBuffers by their binary schema (\`flatc --schema --binary order.fbs\` makes \`order.bfbs\`), in the JSON form of \`flatc\`: enum values by name, flags separated by
spaces, a union beside its \`<name>_type\`, structs and tables as objects, vectors as arrays. If the schema declares a file identifier,
it is required.
`,
    notes: `## Notes

- Absent scalars are omitted, unless \`flatbuffer_emit_defaults\` is set.
- An enum whose values are all powers of two is read as flags, because \`flatc\` omits the attribute from a binary schema.
- Offsets may share content: a buffer that represents more than a million tables or 64 MiB of content is rejected.

## Differences from the original

- It does not read schemas: every value is a placeholder, as in the example without a schema. Without \`flatbuffer_schema_path\` the value is the same here,
  with a warning.
- Buffers that it encodes from JSON cannot be read by FlatBuffers readers. Here, without a schema, the root of the buffer is the JSON text.
`,
  },
  schema_registry: {
    introduction: `# schema_registry

Schemas from a registry with Confluent's REST API. Each message begins with a zero byte and the id of its schema (for protobuf also the path to its type), and is
decoded by the schema that it was written with, including the references of that schema.

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

- Schemas of a batch that are not cached are fetched together before it is decoded. While the registry is unavailable, the batch is retried, as with a
  destination. An id that the registry does not know fails the messages that have it (\`IGC_DECODE_SCHEMA_ID\`), and is requested again after 30 seconds.
- \`avro\`: a schema in the stream's keys is the reader's schema: older data are read as its values.
- \`json\`: messages that do not conform to their JSON Schema fail.

## Writing

- A schema in the stream's keys is looked up in the subject, and registered if it is missing (\`auto_register\`); without one the subject's newest
  schema is used. \`json\` always uses the newest schema.
- \`proto\`: \`proto_message_type\` is the message type that is encoded; default: the first one of the schema.
- Bytes that a source produces in the stream's schema are taken for a bare datum: they are checked and get the header.
- \`subject\` defaults to the topic's name followed by \`-value\`; for a sink with several topics, to that of the first.

Certificates of \`https\` addresses are verified against the system's authorities. Set \`NODE_EXTRA_CA_CERTS\` for other authorities.
`,
  },
};
