import { GroupMember, IggyClient } from "@iggy-connectors/client";
import type { IggyConnector } from "./iggy.ts";

/** Reaches a real server. */
export const iggyConnector: IggyConnector<IggyClient> = {
  connect({ address, username, password }, listener) {
    return IggyClient.connect({
      address,
      username,
      password,
      onStateChange(state, error) {
        if (state === "reconnecting" || state === "refused") listener.onLost(error);
        else if (state === "ready") listener.onRegained();
      },
    });
  },
  join(client, { stream, topic, group }) {
    return GroupMember.join(client, { stream, topic, group, create: true });
  },
};
