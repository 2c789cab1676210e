import type { Unsupported } from "../runtime-file/unsupported.ts";
import type { ConnectorFile } from "./schema.ts";

/** What a connector file asks for and this version does not do. */
export function unsupportedConnectorSettings(file: ConnectorFile): Unsupported[] {
  const found: Unsupported[] = [];
  const refuse = (asked: boolean, path: (string | number)[], what: string, fix: string): void => {
    if (asked) found.push({ path, message: `${what} is not supported by this version`, fix });
  };
  refuse(file.tap, ["tap"], "the live view of messages", "remove the key");
  return found;
}
