import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { KeyPath } from "../../../shared/key-path.ts";
import { tokenFile } from "../../iggy/access.ts";
import { causeOf } from "../problem.ts";
import type { FailedCheck } from "./checks.ts";
import type { RuntimeConfig } from "./schema.ts";

/** Files that the configuration names must exist and must not be empty when the runtime starts. */
export function checkNamedFiles({ http, iggy }: RuntimeConfig, workingDirectory: string): FailedCheck[] {
  const failed: FailedCheck[] = [];
  const check = (path: KeyPath, file: string, what: string): void => {
    const message = problemWith(file === "" ? undefined : resolve(workingDirectory, file));
    if (message !== undefined) failed.push({ path, message: `${what}: ${message}`, fix: "name a readable file" });
  };
  const token = tokenFile(iggy.token, workingDirectory);
  if (token !== undefined) check(["iggy", "token"], token, "the personal access token");
  if (iggy.tls.enabled) check(["iggy", "tls", "ca_file"], iggy.tls.ca_file, "the certificate authority of Iggy");
  if (http.enabled && http.tls.enabled) {
    check(["http", "tls", "cert_file"], http.tls.cert_file, "the certificate of the HTTP API");
    check(["http", "tls", "key_file"], http.tls.key_file, "the key of the HTTP API");
  }
  return failed;
}

function problemWith(file: string | undefined): string | undefined {
  if (file === undefined) return "no file is given";
  try {
    return readFileSync(file, "utf8").trim() === "" ? `${file} is empty` : undefined;
  } catch (error) {
    return `${file}: ${causeOf(error)}`;
  }
}
