import {
  createPersonalAccessToken,
  deletePersonalAccessToken,
  getPersonalAccessTokens,
  type PersonalAccessToken,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** Commands about personal access tokens. */
export const tokenCommands = (port: CommandPort) => ({
  /** Those of the user who is logged in, without their secrets. */
  getPersonalAccessTokens(): Promise<readonly PersonalAccessToken[]> {
    return port.call(getPersonalAccessTokens, undefined);
  },

  /**
   * The token's secret, which is shown only this once. `expiry` is in microseconds from now; absent: never. A server of
   * 0.9.0-edge.5 stops working when one of its tokens expires.
   * @throws IggyError 51 when the name is taken, 52 when the user has too many.
   */
  async createPersonalAccessToken(name: string, expiry = 0n): Promise<string> {
    return (await port.call(createPersonalAccessToken, { name, expiry })).token;
  },

  /** @throws IggyError 20 when there is none of this name. */
  deletePersonalAccessToken(name: string): Promise<void> {
    return port.call(deletePersonalAccessToken, { name });
  },
});
