import type { IggyClient } from "@iggy-connectors/client";
import { describeError } from "../../../shared/errors.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { LoadedRuntimeConfig } from "../../config/runtime-file/load.ts";
import { unreachable } from "../../health/readiness.ts";
import { iggyAccess } from "../../iggy/access.ts";
import { connectForOperator } from "../../iggy/operator-session.ts";

/** The result of a login. */
export type IggyLogin =
  | { readonly client: IggyClient }
  /** It does not answer. */
  | { readonly unreachable: string }
  /** It answers, and refuses the login. */
  | { readonly finding: ConfigProblem };

/** Connects and logs in as the runtime would. */
export async function logIn({ config, file }: LoadedRuntimeConfig, workingDirectory: string): Promise<IggyLogin> {
  const reason = await unreachable(config.iggy.address);
  if (reason !== undefined) return { unreachable: reason };
  try {
    return { client: await connectForOperator(iggyAccess(config.iggy, workingDirectory)) };
  } catch (error) {
    const { code, message } = describeError(error);
    const fix = "correct iggy.username and iggy.password, or iggy.token; with TLS also iggy.tls";
    return { finding: { severity: "error", code, file, key: "iggy", message, fix } };
  }
}
