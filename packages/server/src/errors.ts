/** The status codes this server answers with, by Iggy's names. */
export const STATUS = {
  InvalidCommand: 3,
  InvalidFormat: 4,
  FeatureUnavailable: 5,
  ResourceNotFound: 20,
  Unauthenticated: 40,
  Unauthorized: 41,
  InvalidCredentials: 42,
  InvalidUsername: 43,
  InvalidPassword: 44,
  InvalidUserStatus: 45,
  UserAlreadyExists: 46,
  CannotDeleteUser: 48,
  CannotChangePermissions: 49,
  InvalidPersonalAccessTokenName: 50,
  PersonalAccessTokenAlreadyExists: 51,
  PersonalAccessTokensLimitReached: 52,
  UsersLimitReached: 55,
  InvalidPersonalAccessTokenExpiry: 56,
  TransientNotAccepted: 58,
  RequestAlreadyApplied: 59,
  StreamIdNotFound: 1009,
  StreamNameAlreadyExists: 1012,
  InvalidTopicSize: 1019,
  TooManyStreams: 1020,
  TopicIdNotFound: 2010,
  TopicNameAlreadyExists: 2013,
  TooManyPartitions: 2015,
  InvalidPartitionsCount: 2019,
  TooManyTopics: 2021,
  PartitionNotFound: 3007,
  PartitionIdSpaceExhausted: 3013,
  ConsumerOffsetNotFound: 3021,
  TooManyConsumerOffsets: 3024,
  UnsupportedOptionKey: 4041,
  InvalidOptionValue: 4042,
  InvalidOffset: 4100,
  ConsumerGroupIdNotFound: 5000,
  ConsumerGroupNameNotFound: 5003,
  ConsumerGroupNameAlreadyExists: 5004,
  ConsumerGroupMemberNotFound: 5006,
  IoError: 13000,
} as const;

/**
 * A request that is refused. `channel` says how the refusal travels: in the reply header's status, or in the result
 * section of a committed metadata operation.
 */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly code: number;
  readonly channel: "status" | "result";

  constructor(code: number, reason: string, channel: "status" | "result" = "status") {
    super(reason);
    this.code = code;
    this.channel = channel;
  }
}

/** A refusal that the committed operation itself decides. */
export function refusedByState(code: number, reason: string): RequestRefused {
  return new RequestRefused(code, reason, "result");
}

/**
 * A mistake in the options or the environment of the start: what is wrong and what to do. `code` is `IGC_SERVER_…` or
 * the system's.
 */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
