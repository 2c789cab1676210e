import { describeErrorCode, ProtocolError } from "@iggy-connectors/protocol";
import { adviceFor } from "./error-advice.ts";

/** Iggy's codes that the client gives out by itself or decides by. */
export const CODE = {
  invalidConfiguration: 2,
  invalidCommand: 3,
  invalidFormat: 4,
  featureUnavailable: 5,
  disconnected: 8,
  cannotEstablishConnection: 9,
  resourceNotFound: 20,
  staleClient: 30,
  invalidServerAddress: 33,
  unauthenticated: 40,
  unauthorized: 41,
  invalidCredentials: 42,
  invalidUsername: 43,
  invalidPassword: 44,
  userInactive: 47,
  invalidToken: 53,
  tokenExpired: 54,
  notCommitted: 57,
  notAccepted: 58,
  clientShutdown: 63,
  invalidTlsDomain: 64,
  invalidTlsCertificatePath: 65,
  invalidTlsCertificate: 66,
  failedToAddCertificate: 67,
  invalidEncryptionKey: 70,
  cannotDecryptData: 72,
  clientNotFound: 100,
  topicNotFound: 2010,
  noPartitions: 3008,
  offsetNotFound: 3021,
  notResolvedConsumer: 3022,
  groupIdNotFound: 5000,
  groupNameNotFound: 5003,
  groupNameExists: 5004,
  notMember: 5006,
  partitionNotOwned: 5009,
  unsupportedOptionKey: 4041,
  invalidConnectionString: 8000,
  taskTimeout: 12001,
  invalidSession: 14001,
  incompatibleProtocol: 14003,
} as const;

export interface IggyErrorOptions {
  /** The command that failed, as Iggy names it. */
  readonly command?: string;
  /** What happened, in words; absent: the meaning of the code. */
  readonly detail?: string;
  /** What to do about it; absent: what the code suggests. */
  readonly advice?: string;
  /** Absent: as the code says. */
  readonly retryable?: boolean;
  readonly outcomeUnknown?: boolean;
  readonly cause?: unknown;
}

/** A call that did not succeed: refused by the server, or not brought to an end by the client. */
export class IggyError extends Error {
  override readonly name = "IggyError";
  /** Iggy's error code. */
  readonly code: number;
  /** Iggy's name of the code. */
  readonly codeName: string;
  readonly command: string | undefined;
  /** The same call may succeed later without any change. */
  readonly retryable: boolean;
  /** The server may have executed the call. Repeating a send may then store its messages twice. */
  readonly outcomeUnknown: boolean;

  constructor(code: number, options: IggyErrorOptions = {}) {
    const described = describeErrorCode(code);
    const { command, detail, cause } = options;
    const advice = options.advice ?? adviceFor(code);
    const what = detail ?? `${described.name} (${code})`;
    super(
      `${command === undefined ? "" : `${command}: `}${what}${advice === undefined ? "" : `: ${advice}`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.codeName = described.name;
    this.command = command;
    this.retryable = options.retryable ?? described.retryable;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

/** An `IggyError` for any thrown value; with `fallback` as its code where the error does not name one of Iggy's. */
export function toIggyError(error: unknown, fallback: number, options: IggyErrorOptions = {}): IggyError {
  if (error instanceof IggyError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = (error instanceof ProtocolError ? error.code : undefined) ?? fallback;
  return new IggyError(code, { detail: message, cause: error, ...options });
}
