import { describeEviction, type Eviction, formatVersion, PROTOCOL_VERSION } from "@iggy-connectors/protocol";
import type { Address } from "./address.ts";
import { IggyError } from "./errors.ts";

/** What an eviction means to the user. The code is the one official clients give (wire-vsr-stable §2.4). */
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
      return new IggyError(code, {
        detail: `${server} accepts ${acceptedWindow(eviction)}, this client speaks ${formatVersion(PROTOCOL_VERSION)}`,
        advice: "use a server and a client whose protocol versions meet",
        retryable: false,
      });
    case "malformedLogin":
      return new IggyError(code, {
        detail: `${server} cannot read a login of protocol ${formatVersion(PROTOCOL_VERSION)}`,
        advice: "use a server and a client of the same release",
      });
    default:
      return new IggyError(code, { detail: `${server} ended the session (reason ${eviction.reason}, ${name})` });
  }
}

function acceptedWindow({ minimumVersion, maximumVersion }: Eviction): string {
  if (minimumVersion === 0 || maximumVersion < minimumVersion) return "another protocol version";
  const lowest = formatVersion(minimumVersion);
  const highest = formatVersion(maximumVersion);
  return lowest === highest ? `protocol ${lowest}` : `protocol ${lowest} to ${highest}`;
}
