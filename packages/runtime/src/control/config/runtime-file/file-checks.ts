import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isWithin } from "../../../shared/is-within.ts";
import type { KeyPath } from "../../../shared/key-path.ts";
import { tokenFile } from "../../iggy/access.ts";
import { causeOf } from "../problem.ts";
import type { FailedCheck } from "./checks.ts";
import type { RuntimeConfig } from "./schema.ts";

/** Files that the configuration names must exist and must not be empty when the runtime starts. */
export function checkNamedFiles(config: RuntimeConfig, workingDirectory: string): FailedCheck[] {
  const { http, iggy } = config;
  const failed = [...allowedFiles(config, workingDirectory)];
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

/** A configuration that is sent over the API must not be able to write code, configurations or the runtime's own state. */
function allowedFiles({ connectors, state }: RuntimeConfig, workingDirectory: string): FailedCheck[] {
  const at = (path: string): string => resolve(workingDirectory, path);
  const own = [
    ...(connectors.config_type === "local" ? [["connectors.config_dir", at(connectors.config_dir)] as const] : []),
    ["state.path", at(state.path)] as const,
    ...connectors.allowed_paths.map((path) => ["connectors.allowed_paths", at(path)] as const),
  ];
  return connectors.allowed_files.flatMap((file, index) => {
    const inside = own.find(([, folder]) => isWithin(at(file), folder) || isWithin(folder, at(file)));
    if (inside === undefined) return [];
    const message = `${JSON.stringify(file)} and ${inside[0]} overlap: what is written there would run as code or configuration`;
    return [{ path: ["connectors", "allowed_files", index], message, fix: "name another folder" }];
  });
}

function problemWith(file: string | undefined): string | undefined {
  if (file === undefined) return "no file is given";
  try {
    return readFileSync(file, "utf8").trim() === "" ? `${file} is empty` : undefined;
  } catch (error) {
    return `${file}: ${causeOf(error)}`;
  }
}
