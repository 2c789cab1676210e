// What the other packages of this repository build on. Not for plugins: it may change with every release.
export { copyRange } from "./bytes/copy-range.ts";
export { formatDuration } from "./config/duration.ts";
export { type ConfigIssue, describeIssues, formatIssues } from "./config/issues.ts";
export { markedSecrets, maskMarked, SECRET_MASK } from "./config/mask-secrets.ts";
export { suggest } from "./config/suggest.ts";
export { type ClassifiedError, classifyError } from "./contract/classify.ts";
export type { RegisteredSchema, SchemaReference, SchemaRegistry, SchemaType } from "./contract/schema-registry.ts";
export { type JsonTextScanner, type JsonTexts, jsonTextScanner } from "./json/batch/json-text-scanner.ts";
export {
  compareNumbers,
  isMultipleOf,
  isSameNumber,
  isWholeNumber,
  numberKey,
  wholeNumber,
} from "./json/json-decimal.ts";
export { indentJson } from "./json/json-indent.ts";
export { exactInteger, isJsonInteger, MAX_UINT64, MIN_INT64 } from "./json/json-integer.ts";
export { digitsOf, doubleText } from "./json/json-number.ts";
export { isJsonObject, type JsonObject, selectMembers, setMember, withoutMembers } from "./json/json-object.ts";
export {
  elementsOf,
  exactValue,
  hasMember,
  isEmptyObject,
  type JsonType,
  memberOf,
  membersOf,
  plainValue,
  setPart,
  typeOfPart,
} from "./json/json-part.ts";
export { holdsSpelling } from "./json/json-print.ts";
export { exactNumber } from "./json/json-reader.ts";
export {
  JSON_ESCAPED_TOP_KEY,
  JSON_OBJECT,
  JSON_SAME_KEYS,
  MAX_JSON_DEPTH,
  MemberSpans,
  type MemberView,
  scanJson,
} from "./json/json-scan.ts";
export { exactMember, keepSpelling, setText, writtenText } from "./json/json-spelling.ts";
export {
  ArrayText,
  isObjectPart,
  type JsonPart,
  JsonText,
  ObjectText,
  openJson,
  openScannedJson,
  writePart,
} from "./json/json-text.ts";
export { changeAt, existsAt, partAt, removeAt, setAt } from "./paths/edit.ts";
export { checkPath, EVERY, formatPath, keyPath, pathTable } from "./paths/path.ts";
export { typeName } from "./paths/type-name.ts";
export { formatRfc3339, fractionOf, isWithinYears, parseLenientRfc3339, parseRfc3339 } from "./time/rfc3339.ts";
