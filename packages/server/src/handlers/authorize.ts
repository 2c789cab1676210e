import { type Identifier, isMetadataOperation, type TopicTarget } from "@iggy-connectors/protocol";
import { findStream, findTopic, findUser } from "../catalog/lookup.ts";
import { ROOT_USER_ID } from "../catalog/user-changes.ts";
import { RequestRefused, STATUS } from "../errors.ts";
import { grants, type Right } from "../users/rights.ts";
import type { RequestContext } from "./route.ts";

/**
 * Passes when the user of the session has a right; on a stream or topic where the right is about one.
 * @throws RequestRefused 41, in the result section of metadata operations, else in the status.
 */
export function authorize(context: RequestContext, right: Right, streamId?: number, topicId?: number): void {
  const { broker, session, header } = context;
  if (session.userId === ROOT_USER_ID) return;
  const user = findUser(broker.catalog.document, session.userId);
  if (grants(user?.permissions, right, streamId, topicId)) return;
  const channel = isMetadataOperation(header.operation) ? "result" : "status";
  throw new RequestRefused(STATUS.Unauthorized, `user ${session.userId} has no right to ${right}`, channel);
}

/** The same for a stream named by a request; one that is not there is the handler's to refuse. */
export function authorizeStream(context: RequestContext, right: Right, stream: Identifier): void {
  const found = findStream(context.broker.catalog.document, stream);
  if (found !== undefined) authorize(context, right, found.id);
}

/** The same for a topic named by a request; one that is not there is the handler's to refuse. */
export function authorizeTopic(context: RequestContext, right: Right, target: TopicTarget): void {
  const stream = findStream(context.broker.catalog.document, target.stream);
  const topic = stream === undefined ? undefined : findTopic(stream, target.topic);
  if (stream !== undefined && topic !== undefined) authorize(context, right, stream.id, topic.id);
}
