import { ApiClient } from "./api/client.ts";
import { findApi } from "./api/target.ts";
import { type ConnectorName, findConnector } from "./connector-name.ts";
import type { CommonOptions } from "./options.ts";
import { Printer } from "./output/printer.ts";

/** What a command that talks to a running runtime works with. */
export interface Session {
  readonly api: ApiClient;
  readonly printer: Printer;
  connector(name: string): Promise<ConnectorName>;
}

export async function openSession(options: CommonOptions): Promise<Session> {
  const api = new ApiClient(await findApi(options));
  return { api, printer: new Printer(options), connector: (name) => findConnector(api, name) };
}
