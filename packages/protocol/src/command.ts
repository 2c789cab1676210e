import type { Reader } from "./primitives/reader.ts";
import type { Writer } from "./primitives/writer.ts";

/**
 * The bodies of one command in one dialect, both directions. A client calls `encodeRequest` and `decodeResponse`, a
 * server the other two. Decoders throw {@link ProtocolError} on any malformed input and never allocate more than their
 * input's size plus a constant. Frame headers and the result section belong to the frame.
 */
export interface CommandLayout<Request, Response> {
  /** Iggy's name of the command, the same in every dialect. */
  readonly name: string;
  /** Command code, the same in every dialect. */
  readonly code: number;
  encodeRequest(writer: Writer, request: Request): void;
  decodeRequest(reader: Reader): Request;
  encodeResponse(writer: Writer, response: Response): void;
  decodeResponse(reader: Reader): Response;
}

/** A command of the dialect `vsr`. The code of a replicated operation does not travel; it is a name in tables. */
export interface Command<Request, Response> extends CommandLayout<Request, Response> {
  /** The operation byte of the request header. 2 (non-replicated) carries `code` in the header. */
  readonly operation: number;
}
