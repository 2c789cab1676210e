import type { TestContext } from "node:test";
import { type ClientOptions, type ClientState, IggyClient, type IggyError } from "../src/index.ts";
import { type Script, ScriptedServer } from "./scripted-server.ts";

export interface Connected {
  readonly server: ScriptedServer;
  readonly client: IggyClient;
  /** Every state entered so far. */
  readonly states: ClientState[];
  /** Resolves when the client enters the state, with the reason. */
  entered(state: ClientState): Promise<IggyError | undefined>;
}

/** Quick to reconnect, never pinging by itself. */
export const QUICK: Omit<ClientOptions, "address"> = {
  requestTimeout: 20_000,
  heartbeatInterval: 600_000,
  reconnect: { initialBackoff: 1, maxBackoff: 10, jitter: 0 },
};

/** A scripted server and a client that is logged in to it, both closed after the test. */
export async function connected(
  context: TestContext,
  script: Script,
  options: Partial<ClientOptions> = {},
): Promise<Connected> {
  const server = await ScriptedServer.start(script);
  const states: ClientState[] = [];
  let waiters: { state: ClientState; resolve: (error: IggyError | undefined) => void }[] = [];
  const client = await IggyClient.connect({
    address: server.address,
    ...QUICK,
    ...options,
    onStateChange: (state, error) => {
      states.push(state);
      const told = waiters.filter((waiter) => waiter.state === state);
      waiters = waiters.filter((waiter) => waiter.state !== state);
      for (const waiter of told) waiter.resolve(error);
    },
  });
  context.after(async () => {
    await client.close();
    await server.close();
  });
  const entered = (state: ClientState): Promise<IggyError | undefined> =>
    new Promise((resolve) => waiters.push({ state, resolve }));
  return { server, client, states, entered };
}
