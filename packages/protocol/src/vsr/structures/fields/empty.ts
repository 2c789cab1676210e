/** The request of a command that asks nothing. */
export const EMPTY_REQUEST = {
  encodeRequest(): void {},
  decodeRequest(): undefined {},
};

/** The response of a command that only succeeds; bytes that a later version might add are not read. */
export const EMPTY_RESPONSE = {
  encodeResponse(): void {},
  decodeResponse(): undefined {},
};
