import { flushUnsavedBuffer, getSnapshot, OPERATION } from "@iggy-connectors/protocol";
import { groupRoutes } from "./commands/groups.ts";
import { messageRoutes } from "./commands/messages.ts";
import { offsetRoutes } from "./commands/offsets.ts";
import { streamRoutes } from "./commands/streams.ts";
import { systemRoutes } from "./commands/system.ts";
import { tokenRoutes } from "./commands/tokens.ts";
import { topicRoutes } from "./commands/topics.ts";
import { userRoutes } from "./commands/users.ts";
import type { Route } from "./route.ts";

/** Every command that this server serves to a session; logins, logouts and pings are served before this table. */
export const ROUTES: readonly Route[] = [
  ...systemRoutes,
  ...streamRoutes,
  ...topicRoutes,
  ...messageRoutes,
  ...offsetRoutes,
  ...groupRoutes,
  ...userRoutes,
  ...tokenRoutes,
];

/** Commands of Iggy that this server refuses with 5 (FeatureUnavailable). */
const UNAVAILABLE = [getSnapshot, flushUnsavedBuffer];

const isRead = ({ command }: Route): boolean => command.operation === OPERATION.nonReplicated;

const READS: ReadonlyMap<number, Route> = new Map(ROUTES.filter(isRead).map((route) => [route.command.code, route]));
const REPLICATED: ReadonlyMap<number, Route> = new Map(
  ROUTES.filter((route) => !isRead(route)).map((route) => [route.command.operation, route]),
);
/** Also the codes of replicated commands, which do not travel as reads. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set(
  [...REPLICATED.values()].map(({ command }) => command.code).concat(UNAVAILABLE.map(({ code }) => code)),
);

/** The route of a read, by its code. */
export function readRoute(code: number): Route | undefined {
  return READS.get(code);
}

/** The route of a replicated operation. */
export function replicatedRoute(operation: number): Route | undefined {
  return REPLICATED.get(operation);
}

/** Whether a read with this code names a command that Iggy has and this server does not offer as a read. */
export function isUnavailable(code: number): boolean {
  return UNAVAILABLE_CODES.has(code);
}
