import { type ProducedMessage, RejectedError } from "@iggy-connectors/sdk";
import type { TargetStream } from "./target-stream.ts";

/** The messages of a batch that go to one stream. */
export interface Route {
  readonly target: TargetStream;
  readonly messages: readonly ProducedMessage[];
  /** Index in the batch of each message; undefined: the whole batch, in order. */
  readonly indexes: readonly number[] | undefined;
}

export interface Routes {
  readonly routes: readonly Route[];
  /** Messages that name a stream which is none of the connector's. */
  readonly lost: readonly { readonly index: number; readonly error: RejectedError }[];
}

/** A message that names a stream goes there; one that does not goes to every stream. */
export function routeMessages(messages: readonly ProducedMessage[], targets: readonly TargetStream[]): Routes {
  if (!messages.some(({ stream }) => stream !== undefined)) {
    return { routes: targets.map((target) => ({ target, messages, indexes: undefined })), lost: [] };
  }
  const routes = targets.map((target) => ({ target, messages: [] as ProducedMessage[], indexes: [] as number[] }));
  const lost: { index: number; error: RejectedError }[] = [];
  for (const [index, message] of messages.entries()) {
    let found = false;
    for (const route of routes) {
      if (message.stream !== undefined && route.target.spec.name !== message.stream) continue;
      route.messages.push(message);
      route.indexes.push(index);
      found = true;
    }
    if (!found) lost.push({ index, error: unknownStream(message.stream, targets) });
  }
  return { routes: routes.filter((route) => route.messages.length > 0), lost };
}

function unknownStream(name: string | undefined, targets: readonly TargetStream[]): RejectedError {
  const names = targets.flatMap(({ spec }) => (spec.name === undefined ? [] : [spec.name]));
  return new RejectedError(`the source names stream "${name}", which is none of this connector's`, {
    code: "IGC_SOURCE_STREAM_UNKNOWN",
    fix: names.length === 0 ? "give the [[streams]] entries names" : `name one of ${names.join(", ")}`,
  });
}
