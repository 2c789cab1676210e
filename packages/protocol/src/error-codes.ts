/**
 * What to do about an error: `transient` try again; `authenticate` log in again; `missing` what was named is not there;
 * `exists` it is there already; `rejoin` join or sync the consumer group; `applied` an earlier copy of the request was
 * executed, never repeat it; `permanent` nothing changes until the call or the configuration does.
 */
export type ErrorRemedy = "transient" | "authenticate" | "missing" | "exists" | "rejoin" | "applied" | "permanent";

export interface ErrorCode {
  readonly name: string;
  readonly retry: ErrorRemedy;
}

/**
 * Iggy's error codes: one number space for the status and the result section of replies and for errors of clients.
 * Codes of a server's own files and directories are not listed; they and unknown ones are permanent.
 */
export const ERROR_CODES = {
  1: { name: "Error", retry: "permanent" },
  2: { name: "InvalidConfiguration", retry: "permanent" },
  3: { name: "InvalidCommand", retry: "permanent" },
  4: { name: "InvalidFormat", retry: "permanent" },
  5: { name: "FeatureUnavailable", retry: "permanent" },
  6: { name: "InvalidIdentifier", retry: "permanent" },
  8: { name: "Disconnected", retry: "transient" },
  9: { name: "CannotEstablishConnection", retry: "transient" },
  20: { name: "ResourceNotFound", retry: "missing" },
  30: { name: "StaleClient", retry: "authenticate" },
  31: { name: "TcpError", retry: "transient" },
  33: { name: "InvalidServerAddress", retry: "permanent" },
  40: { name: "Unauthenticated", retry: "authenticate" },
  41: { name: "Unauthorized", retry: "permanent" },
  42: { name: "InvalidCredentials", retry: "permanent" },
  43: { name: "InvalidUsername", retry: "permanent" },
  44: { name: "InvalidPassword", retry: "permanent" },
  45: { name: "InvalidUserStatus", retry: "permanent" },
  46: { name: "UserAlreadyExists", retry: "exists" },
  47: { name: "UserInactive", retry: "permanent" },
  48: { name: "CannotDeleteUser", retry: "permanent" },
  49: { name: "CannotChangePermissions", retry: "permanent" },
  50: { name: "InvalidPersonalAccessTokenName", retry: "permanent" },
  51: { name: "PersonalAccessTokenAlreadyExists", retry: "exists" },
  52: { name: "PersonalAccessTokensLimitReached", retry: "permanent" },
  53: { name: "InvalidPersonalAccessToken", retry: "permanent" },
  54: { name: "PersonalAccessTokenExpired", retry: "permanent" },
  55: { name: "UsersLimitReached", retry: "permanent" },
  56: { name: "InvalidPersonalAccessTokenExpiry", retry: "permanent" },
  57: { name: "TransientNotCommitted", retry: "transient" },
  58: { name: "TransientNotAccepted", retry: "transient" },
  59: { name: "RequestAlreadyApplied", retry: "applied" },
  61: { name: "NotConnected", retry: "transient" },
  63: { name: "ClientShutdown", retry: "permanent" },
  64: { name: "InvalidTlsDomain", retry: "permanent" },
  80: { name: "InvalidSizeBytes", retry: "permanent" },
  81: { name: "InvalidUtf8", retry: "permanent" },
  82: { name: "InvalidNumberEncoding", retry: "permanent" },
  83: { name: "InvalidBooleanValue", retry: "permanent" },
  84: { name: "InvalidNumberValue", retry: "permanent" },
  // The server has forgotten the connection that asks, and closes it.
  100: { name: "ClientNotFound", retry: "authenticate" },
  101: { name: "InvalidClientId", retry: "permanent" },
  206: { name: "ConnectionClosed", retry: "transient" },
  209: { name: "CannotParseHeaderKind", retry: "permanent" },
  304: { name: "EmptyResponse", retry: "permanent" },
  1009: { name: "StreamIdNotFound", retry: "missing" },
  1010: { name: "StreamNameNotFound", retry: "missing" },
  1012: { name: "StreamNameAlreadyExists", retry: "exists" },
  1013: { name: "InvalidStreamName", retry: "permanent" },
  1014: { name: "InvalidStreamId", retry: "permanent" },
  1019: { name: "InvalidTopicSize", retry: "permanent" },
  1020: { name: "TooManyStreams", retry: "permanent" },
  2010: { name: "TopicIdNotFound", retry: "missing" },
  2011: { name: "TopicNameNotFound", retry: "missing" },
  2013: { name: "TopicNameAlreadyExists", retry: "exists" },
  2014: { name: "InvalidTopicName", retry: "permanent" },
  2015: { name: "TooManyPartitions", retry: "permanent" },
  2016: { name: "InvalidTopicId", retry: "permanent" },
  2018: { name: "InvalidReplicationFactor", retry: "permanent" },
  2019: { name: "InvalidPartitionsCount", retry: "permanent" },
  2021: { name: "TooManyTopics", retry: "permanent" },
  3007: { name: "PartitionNotFound", retry: "missing" },
  3008: { name: "NoPartitions", retry: "permanent" },
  3009: { name: "TopicFull", retry: "permanent" },
  3013: { name: "PartitionIdSpaceExhausted", retry: "permanent" },
  3021: { name: "ConsumerOffsetNotFound", retry: "missing" },
  // A group member that owns no partition, or not this one.
  3022: { name: "NotResolvedConsumer", retry: "rejoin" },
  3024: { name: "TooManyConsumerOffsets", retry: "permanent" },
  4000: { name: "SegmentNotFound", retry: "missing" },
  4009: { name: "InvalidMessagesCount", retry: "permanent" },
  4017: { name: "TooBigUserHeaders", retry: "permanent" },
  4018: { name: "InvalidHeaderKey", retry: "permanent" },
  4019: { name: "InvalidHeaderValue", retry: "permanent" },
  4022: { name: "TooBigMessagePayload", retry: "permanent" },
  4023: { name: "TooManyMessages", retry: "permanent" },
  4024: { name: "EmptyMessagePayload", retry: "permanent" },
  4025: { name: "InvalidMessagePayloadLength", retry: "permanent" },
  4027: { name: "InvalidMessageChecksum", retry: "permanent" },
  4028: { name: "InvalidKeyValueLength", retry: "permanent" },
  4029: { name: "CommandLengthError", retry: "permanent" },
  4030: { name: "InvalidSegmentsCount", retry: "permanent" },
  4031: { name: "NonZeroOffset", retry: "permanent" },
  4032: { name: "NonZeroTimestamp", retry: "permanent" },
  4033: { name: "MissingIndex", retry: "permanent" },
  4034: { name: "InvalidIndexesByteSize", retry: "permanent" },
  4035: { name: "InvalidIndexesCount", retry: "permanent" },
  4036: { name: "InvalidMessagesSize", retry: "permanent" },
  4037: { name: "TooSmallMessage", retry: "permanent" },
  4038: { name: "InvalidMessageTimestampDelta", retry: "permanent" },
  4039: { name: "InvalidBatchChecksum", retry: "permanent" },
  4040: { name: "InvalidHeaderKind", retry: "permanent" },
  4041: { name: "UnsupportedOptionKey", retry: "permanent" },
  4042: { name: "InvalidOptionValue", retry: "permanent" },
  4043: { name: "OptionsBlockTooLarge", retry: "permanent" },
  4100: { name: "InvalidOffset", retry: "permanent" },
  4101: { name: "InvalidReservedField", retry: "permanent" },
  4102: { name: "SegmentSizeMismatch", retry: "permanent" },
  5000: { name: "ConsumerGroupIdNotFound", retry: "missing" },
  5002: { name: "InvalidConsumerGroupId", retry: "permanent" },
  5003: { name: "ConsumerGroupNameNotFound", retry: "missing" },
  5004: { name: "ConsumerGroupNameAlreadyExists", retry: "exists" },
  5005: { name: "InvalidConsumerGroupName", retry: "permanent" },
  5006: { name: "ConsumerGroupMemberNotFound", retry: "rejoin" },
  5009: { name: "ConsumerGroupPartitionNotOwned", retry: "rejoin" },
  8000: { name: "InvalidConnectionString", retry: "permanent" },
  9000: { name: "SnapshotFileCompletionFailed", retry: "permanent" },
  11000: { name: "ShardNotFound", retry: "transient" },
  11001: { name: "ShardCommunicationError", retry: "transient" },
  12000: { name: "CannotBindToSocket", retry: "transient" },
  12001: { name: "TaskTimeout", retry: "transient" },
  13000: { name: "IoError", retry: "transient" },
  14000: { name: "AlreadyAuthenticated", retry: "permanent" },
  14001: { name: "InvalidSession", retry: "permanent" },
  14003: { name: "IncompatibleProtocolVersion", retry: "permanent" },
} as const satisfies Readonly<Record<number, ErrorCode>>;

export interface ErrorCodeDescription {
  readonly code: number;
  /** Iggy's name, or `Unknown` for a number that is not listed. */
  readonly name: string;
  readonly retry: ErrorRemedy;
  /** Whether the same request may succeed later without a change: `transient`, `authenticate`, `rejoin`. */
  readonly retryable: boolean;
}

/** Describes any code, listed or not. */
export function describeErrorCode(code: number): ErrorCodeDescription {
  const known: ErrorCode = (ERROR_CODES as Readonly<Record<number, ErrorCode>>)[code] ?? UNKNOWN;
  const retryable = known.retry === "transient" || known.retry === "authenticate" || known.retry === "rejoin";
  return { code, name: known.name, retry: known.retry, retryable };
}

const UNKNOWN: ErrorCode = { name: "Unknown", retry: "permanent" };
