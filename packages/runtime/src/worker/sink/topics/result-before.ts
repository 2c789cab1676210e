import { endsBefore } from "@iggy-connectors/client";

/** The result of `work`, which is not waited for longer than until the signal is aborted. @throws the signal's reason then. */
export async function resultBefore<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (!(await endsBefore(work, signal))) throw signal.reason;
  return work;
}
