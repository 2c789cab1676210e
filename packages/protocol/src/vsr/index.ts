export * from "./command-table.ts";
export * from "./commands/index.ts";
export * from "./poll-response.ts";
export type { Acknowledgement } from "./structures/acknowledgement.ts";
export type { OffsetTarget } from "./structures/offset-target.ts";
export type { PartitionsCountRequest } from "./structures/partitions-count.ts";
export type { GroupTarget, StreamTarget, TopicTarget } from "./structures/targets.ts";
export type { UserTarget } from "./structures/user-target.ts";
export { readVersionPrefix, type VersionPrefix } from "./structures/version-prefix.ts";
