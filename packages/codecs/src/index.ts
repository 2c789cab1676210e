export type { Codec, RemoteSchemas } from "./codec.ts";
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
export { codecFor, SCHEMA_ALIASES } from "./plain/codec-for.ts";
export { producedCodec } from "./plain/produced-codec.ts";
export { valueCodec } from "./plain/value-codec.ts";
export { type FetchSchemas, prepareDecode, prepareEncode } from "./prepare.ts";
export { renameMembers } from "./primitives/member.ts";
export { readAnyWrapper } from "./proto/any-wrapper.ts";
