import { homedir } from "node:os";
import { resolve } from "node:path";
import type { IggyAccess } from "../../shared/task/task-spec.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";

const FROM_FILE = "file:";

/** The configured access to Iggy. Relative paths start at the working directory, `~` is the home directory. */
export function iggyAccess(config: RuntimeConfig["iggy"], workingDirectory: string): IggyAccess {
  const { address, username, password, token, tls } = config;
  return {
    address,
    ...(token === "" ? { username, password } : { token: withAbsolutePath(token, workingDirectory) }),
    ...(tls.enabled
      ? {
          tls: {
            caFile: resolve(workingDirectory, tls.ca_file),
            ...(tls.domain === "" ? {} : { serverName: tls.domain }),
          },
        }
      : {}),
  };
}

/** The file that a token is read from; `undefined`: the text is the token itself. */
export function tokenFile(token: string, workingDirectory: string): string | undefined {
  if (!token.startsWith(FROM_FILE)) return undefined;
  const path = token.slice(FROM_FILE.length);
  const whole = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  return resolve(workingDirectory, whole);
}

function withAbsolutePath(token: string, workingDirectory: string): string {
  const file = tokenFile(token, workingDirectory);
  return file === undefined ? token : FROM_FILE + file;
}
