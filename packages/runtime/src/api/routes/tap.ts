import { z } from "zod";
import { unknownConnector } from "../../administration/errors.ts";
import type { TapHub, Watcher } from "../../tap/hub.ts";
import type { TappedMessage } from "../../tap/sample.ts";
import type { ConnectorType } from "../../task/protocol.ts";
import { EventStream } from "../event-stream.ts";
import { parseInput } from "../input.ts";
import type { Router } from "../router.ts";
import type { ApiSubject } from "../server.ts";

const query = z.object({
  rate: z.coerce.number().min(0.1).max(1000).default(10),
  max: z.coerce.number().int().min(1).optional(),
  bytes: z.coerce.number().int().min(1).max(1_048_576).default(4096),
});

/** `GET /{type}/{key}/tap`: sampled messages of a connector, before and after each transform, while somebody reads. */
export function tapRoutes(
  router: Router,
  type: ConnectorType,
  subject: ApiSubject,
  hub: TapHub,
  redact: (text: string) => string,
): void {
  router.get(`/${type}s/:key/tap`, (request, reply) => {
    const { key } = request.params as { readonly key: string };
    const id = { type, key };
    if (subject.connector(type, key) === undefined) throw unknownConnector(id);
    const { rate, bytes, max } = parseInput(query, request.query, "query");
    let left = max ?? Number.POSITIVE_INFINITY;
    let end = (): void => {};
    const stream = new EventStream(reply, () => end());
    const watcher: Watcher = {
      settings: { rate, bytes },
      receive(messages) {
        for (const message of messages) {
          if (message.point === "in" && message.outcome === undefined && --left < 0) {
            stream.end();
            return;
          }
          stream.send("message", withoutSecrets(message, redact));
        }
      },
    };
    end = hub.watch(id, watcher);
  });
}

function withoutSecrets(message: TappedMessage, redact: (text: string) => string): TappedMessage {
  const { payload } = message;
  if (payload?.encoding !== "utf8") return message;
  return { ...message, payload: { ...payload, data: redact(payload.data) } };
}
