import { describeEviction, type Eviction, formatVersion, PROTOCOL_VERSION } from "@iggy-connectors/protocol";
import type { Address } from "../../configuration/address.ts";
import { CODE, IggyError } from "../../errors/errors.ts";

/** The server accepts protocol numbers from `lowest` to `highest`; both are 0 when it does not say. */
export class IncompatibleProtocolError extends IggyError {
  readonly lowest: number;
  readonly highest: number;

  constructor(server: string, lowest: number, highest: number) {
    super(CODE.incompatibleProtocol, {
      detail: `${server} accepts ${describeWindow(lowest, highest)}, this client speaks ${formatVersion(PROTOCOL_VERSION)}`,
      advice: "use a server and a client whose protocol versions overlap",
      retryable: false,
    });
    this.lowest = lowest;
    this.highest = highest;
  }
}

/** What an eviction means to the user. The code is the one official clients give. */
export function evictionError(eviction: Eviction, address: Address): IggyError {
  const { name, code } = describeEviction(eviction);
  const server = `Iggy at ${address.text}`;
  switch (name) {
    case "invalidCredentials":
      return new IggyError(code, { detail: `${server} refuses this username and password` });
    case "invalidToken":
      return new IggyError(code, { detail: `${server} refuses this personal access token` });
    case "staleClient":
      return new IggyError(code, {
        detail: `${server} ended the session of a group member that was silent for too long`,
        advice: "the client logs in and joins its groups again by itself",
      });
    case "incompatibleProtocol":
      return new IncompatibleProtocolError(server, eviction.minimumVersion, eviction.maximumVersion);
    case "malformedLogin":
      return new IggyError(code, {
        detail: `${server} cannot read a login of protocol ${formatVersion(PROTOCOL_VERSION)}`,
        advice: "use a server and a client of the same release",
      });
    default:
      return new IggyError(code, { detail: `${server} ended the session (reason ${eviction.reason}, ${name})` });
  }
}

function describeWindow(lowest: number, highest: number): string {
  if (lowest === 0 || highest < lowest) return "another protocol version";
  const from = formatVersion(lowest);
  const to = formatVersion(highest);
  return from === to ? `protocol ${from}` : `protocol ${from} to ${to}`;
}
