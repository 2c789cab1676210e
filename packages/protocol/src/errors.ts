/**
 * Bytes that do not follow the protocol, or a value that the protocol cannot carry.
 * `offset` is the place in the input; `code` is Iggy's error code for it, where Iggy has one.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly offset: number | undefined;
  readonly code: number | undefined;
  constructor(message: string, offset?: number, code?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    this.offset = offset;
    this.code = code;
  }
}
