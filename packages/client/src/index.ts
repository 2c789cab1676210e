export { IggyClient, type PollOptions } from "./client.ts";
export { IggyError, type IggyErrorOptions } from "./errors.ts";
export { type AssignmentChange, GroupMember, type GroupOptions } from "./group-member.ts";
export type { ClientOptions, ReconnectOptions } from "./options.ts";
export type { SendBatchOptions, SendOptions, SendPlace } from "./sender.ts";
export type { ClientState } from "./states.ts";
export type { Durability, NewTopic } from "./topic-options.ts";
