import { GroupMember, IggyClient } from "@iggy-connectors/client";
import type { GroupRequest, IggyConnection, IggyConnector, SendRequest, TopicToCreate } from "./iggy-connection.ts";

/** Reaches a real server. */
export const iggyConnector: IggyConnector = {
  async connect(access, listener) {
    const client = await IggyClient.connect({
      ...access,
      // Invariant 9: what is polled is verified before it is delivered.
      verifyChecksums: "messages",
      onStateChange(state, error) {
        if (state === "reconnecting" || state === "refused") listener.onLost(error);
        else if (state === "ready") listener.onRegained();
      },
    });
    return new ClientConnection(client);
  },
};

class ClientConnection implements IggyConnection {
  readonly #client: IggyClient;

  constructor(client: IggyClient) {
    this.#client = client;
  }

  getTopic(stream: string, topic: string) {
    return this.#client.getTopic(stream, topic);
  }

  getTopics(stream: string) {
    return this.#client.getTopics(stream);
  }

  getStream(stream: string) {
    return this.#client.getStream(stream);
  }

  createStream(name: string) {
    return this.#client.createStream(name);
  }

  createTopic(topic: TopicToCreate) {
    return this.#client.createTopic(topic);
  }

  sendMessages(request: SendRequest) {
    return this.#client.sendMessages(request);
  }

  join(request: GroupRequest) {
    return GroupMember.join(this.#client, { ...request, create: true });
  }

  close() {
    return this.#client.close();
  }
}
