import {
  createStream,
  deleteStream,
  getStream,
  getStreams,
  purgeStream,
  updateStream,
} from "@iggy-connectors/protocol";
import * as changes from "../../catalog/changes.ts";
import { findStream } from "../../catalog/lookup.ts";
import { RequestRefused, STATUS } from "../../errors.ts";
import { authorize, authorizeStream } from "../authorize.ts";
import { streamDetails, streamResource } from "../resources.ts";
import { type Route, route } from "../route.ts";

/** Streams have no options: any key is unknown. */
function refuseOptions(options: ReadonlyMap<string, unknown> | undefined): void {
  for (const key of options?.keys() ?? []) {
    throw new RequestRefused(STATUS.UnsupportedOptionKey, `streams have no option ${JSON.stringify(key)}`);
  }
}

export const streamRoutes: readonly Route[] = [
  route(getStream, ({ stream }, context) => {
    const { broker } = context;
    const entry = findStream(broker.catalog.document, stream);
    if (entry === undefined) return undefined;
    authorize(context, "readStream", entry.id);
    return streamDetails(broker, entry);
  }),
  route(getStreams, (_, context) => {
    authorize(context, "listStreams");
    const { broker } = context;
    return broker.catalog.document.streams.map((stream) => streamResource(broker, stream));
  }),
  route(createStream, async ({ name, options }, context) => {
    authorize(context, "createStream");
    refuseOptions(options);
    const { broker } = context;
    return streamDetails(broker, await broker.catalog.change(changes.createStream(name, broker.clock())));
  }),
  route(updateStream, async ({ stream, name, options }, context) => {
    authorizeStream(context, "manageStream", stream);
    refuseOptions(options);
    await context.broker.catalog.change(changes.renameStream(stream, name));
    return undefined;
  }),
  route(deleteStream, async ({ stream }, context) => {
    authorizeStream(context, "manageStream", stream);
    await context.broker.catalog.change(changes.deleteStream(stream));
    return undefined;
  }),
  route(purgeStream, async ({ stream }, context) => {
    authorizeStream(context, "manageStream", stream);
    await context.broker.catalog.change(changes.purgeStream(stream));
    return undefined;
  }),
];
