export { decodeHeaderEntries, decodeHeaders, encodeHeaders, MAX_HEADERS_SIZE } from "./block.ts";
export { headerText } from "./header-value.ts";
export { headersFrom, headerValue, type PlainHeader } from "./headers-from.ts";
export { headerKind, headerKindCode } from "./kinds.ts";
