// What the other packages of this repository build on. Not for plugins: it may change with every release.
export { ChangedPayloads } from "./batch/changed-payloads.ts";
export type { Codec, RemoteSchemas } from "./batch/codec.ts";
export { FrameBatch } from "./batch/frame-batch.ts";
export { asBuffer } from "./bytes/as-buffer.ts";
export { copyRange } from "./bytes/copy-range.ts";
export { writeDecimal, writePadded } from "./bytes/decimal.ts";
export { EXPECTED_BYTES } from "./bytes/output-buffer.ts";
export { OutputPool } from "./bytes/output-pool.ts";
export { isJsonObject, type JsonObject, selectMembers, setMember, withoutMembers } from "./json/json-object.ts";
export { JSON_ESCAPED_TOP_KEY, JSON_OBJECT, MAX_JSON_DEPTH, MemberSpans, scanJson } from "./json/json-scan.ts";
export { changeAt, existsAt, removeAt, setAt, typeName } from "./paths/edit.ts";
export { checkPath, EVERY, keyPath, pathTable } from "./paths/path.ts";
