import type { IggyClient } from "@iggy-connectors/client";
import { describeError } from "../../../shared/errors.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { LoadedRuntimeConfig } from "../../config/runtime-file/load.ts";
import { unreachable } from "../../health/readiness.ts";
import { iggyAccess } from "../../iggy/access.ts";

/** Milliseconds. Somebody waits for the answer. */
const REQUEST_TIMEOUT = 10_000;

/** What became of the attempt to log in. */
export type IggyLogin =
  | { readonly client: IggyClient }
  /** It does not answer. */
  | { readonly unreachable: string }
  /** It answers, and refuses. */
  | { readonly finding: ConfigProblem };

/** Connects and logs in as the runtime would. */
export async function logIn({ config, file }: LoadedRuntimeConfig, workingDirectory: string): Promise<IggyLogin> {
  const reason = await unreachable(config.iggy.address);
  if (reason !== undefined) return { unreachable: reason };
  const { IggyClient: Client } = await import("@iggy-connectors/client");
  try {
    const access = iggyAccess(config.iggy, workingDirectory);
    return { client: await Client.connect({ ...access, requestTimeout: REQUEST_TIMEOUT }) };
  } catch (error) {
    const { code, message } = describeError(error);
    const fix = "correct iggy.username and iggy.password, or iggy.token; with TLS also iggy.tls";
    return { finding: { severity: "error", code, file, key: "iggy", message, fix } };
  }
}
