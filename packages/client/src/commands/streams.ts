import {
  createStream,
  deleteStream,
  getStream,
  getStreams,
  type Identifier,
  purgeStream,
  type Stream,
  type StreamDetails,
  updateStream,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** Commands about streams. */
export const streamCommands = (port: CommandPort) => ({
  getStream(stream: Identifier): Promise<StreamDetails | undefined> {
    return port.call(getStream, { stream });
  },

  getStreams(): Promise<readonly Stream[]> {
    return port.call(getStreams, undefined);
  },

  /** @throws IggyError 1012 when the name is taken. */
  createStream(name: string): Promise<StreamDetails> {
    return port.call(createStream, { name });
  },

  /** Gives the stream another name. @throws IggyError 1012 when it is taken, 1009 when there is no such stream. */
  updateStream(stream: Identifier, name: string): Promise<void> {
    return port.call(updateStream, { stream, name });
  },

  deleteStream(stream: Identifier): Promise<void> {
    return port.call(deleteStream, { stream });
  },

  /** Removes all messages and stored offsets of all its topics. */
  purgeStream(stream: Identifier): Promise<void> {
    return port.call(purgeStream, { stream });
  },
});
