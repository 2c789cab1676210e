/** Bytes that do not follow the protocol, or a value that the protocol cannot carry. `offset` is the place in the input. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly offset: number | undefined;
  constructor(message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    this.offset = offset;
  }
}
