import type { Reader } from "./primitives/reader.ts";
import type { Writer } from "./primitives/writer.ts";

/**
 * One command of a dialect, both directions. A client calls `encodeRequest` and `decodeResponse`, a server the other two.
 * Decoders throw {@link ProtocolError} on any malformed input and never allocate more than their input's size plus a constant.
 * The request and response here are bodies: frame headers and the result section belong to the frame.
 */
export interface Command<Request, Response> {
  readonly name: string;
  /** The operation byte of the request header. 2 (non-replicated) carries `code` in the header. */
  readonly operation: number;
  /** Command code; for replicated operations only a name in tables, it does not travel. */
  readonly code: number;
  encodeRequest(writer: Writer, request: Request): void;
  decodeRequest(reader: Reader): Request;
  encodeResponse(writer: Writer, response: Response): void;
  decodeResponse(reader: Reader): Response;
}
