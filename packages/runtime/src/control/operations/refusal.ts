import type { TaskError } from "../../shared/task/task-status.ts";
import type { ConnectorIdentity } from "../config/connector-identity.ts";
import type { ConfigProblem } from "../config/problem.ts";

export type RefusalKind = "not_found" | "invalid" | "conflict" | "not_healthy" | "forbidden" | "unavailable";

interface RefusalDetails {
  readonly code: string;
  readonly place?: string | undefined;
  readonly fix?: string | undefined;
  readonly details?: unknown;
}

/** An operation that was refused, and why. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: RefusalKind;
  readonly code: string;
  readonly place: string | undefined;
  readonly fix: string | undefined;
  readonly details: unknown;

  constructor(kind: RefusalKind, message: string, { code, place, fix, details }: RefusalDetails) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.place = place;
    this.fix = fix;
    this.details = details;
  }
}

/** No such connector; the message is the original's. */
export function unknownConnector({ type, key }: ConnectorIdentity): Refusal {
  const label = type === "sink" ? "Sink" : "Source";
  return new Refusal("not_found", `${label} with key: ${key} not found.`, { code: `${type}_not_found` });
}

/** The code is the original's; the findings are its details. */
export function invalidConfiguration(problems: readonly ConfigProblem[]): Refusal {
  const [first] = problems;
  const reason = problems.map(({ key, message }) => (key === undefined ? message : `${key}: ${message}`)).join("; ");
  return new Refusal("invalid", `Invalid configuration: ${reason}`, {
    code: "invalid_configuration",
    place: first?.key,
    fix: first?.fix,
    details: problems.map(findingShape),
  });
}

export function invalidSince({ code, message, place, fix }: TaskError): Refusal {
  return new Refusal("invalid", message, { code: "invalid_configuration", place, fix, details: { code } });
}

/** One finding as the API writes it. */
export function findingShape({ severity, code, key, message, fix }: ConfigProblem) {
  return { severity, code, key: key ?? null, message, fix: fix ?? null };
}
