export { codecFor, parseSchema } from "./codec-for.ts";
export {
  avroKeys,
  type CodecKeys,
  codecKeys,
  flatBufferKeys,
  protoKeys,
  type RegistryKeys,
  registryKeys,
} from "./codec-keys.ts";
export { type CodecContext, createCodec } from "./create-codec.ts";
export { jsonCodec } from "./json-codec.ts";
export { renameMembers } from "./member.ts";
export { payloadTypeError } from "./payload-type.ts";
export { type FetchSchemas, prepareDecode, prepareEncode } from "./prepare.ts";
export { readAnyWrapper } from "./proto/any-wrapper.ts";
export { rawCodec } from "./raw-codec.ts";
export { textCodec } from "./text-codec.ts";
