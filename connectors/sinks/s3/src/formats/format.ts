import type { MessageBatch } from "@iggy-connectors/sdk";

/** Messages on their way into one object. */
export interface Draft {
  /** How large it is so far, bytes before compression. */
  readonly size: number;
  /** Takes a message. Throws RejectedError before anything was taken. */
  add(batch: MessageBatch, index: number): void;
  /** Forgets the first `count` messages. */
  dropFirst(count: number): void;
  /** The object's bytes. May be called again. */
  encode(): Promise<Uint8Array>;
  /** The object is written and its bytes are no longer read: their memory may be reused. */
  release(): void;
}

export interface Format {
  /** With the dot; says the compression too. */
  readonly extension: string;
  readonly contentType: string;
  begin(): Draft;
  /** @throws FatalError when messages of this schema can never be written in this format. */
  checkSchema(batch: MessageBatch): void;
}
