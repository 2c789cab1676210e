import { RejectedError, type RejectedMessage } from "@iggy-connectors/sdk";
import type { Documents } from "./documents.ts";
import type { IngestReply, ParseFailure } from "./quickwit-api.ts";

/**
 * Which messages Quickwit refused. It names them by their text, when it names them. Invariant 6: where it says how many but
 * not which, every message that may be one of them is rejected with that said: some are in the index all the same, but
 * none is lost.
 */
export function rejectedMessages(documents: Documents, reply: IngestReply): RejectedMessage[] {
  const failures = reply.parse_failures ?? [];
  const count = Math.max(reply.num_rejected_docs ?? 0, failures.length);
  if (count === 0) return [];
  const named = matchFailures(documents, failures);
  const certain = named.size === count || count === documents.length;
  const rejected: RejectedMessage[] = [];
  for (let index = 0; index < documents.length; index++) {
    const failure = named.get(index);
    if (certain && failure === undefined && count !== documents.length) continue;
    const offset = documents.offset(index);
    rejected.push({ offset, error: refused(offset, failure, certain, count, documents.length) });
  }
  return rejected;
}

/** Quickwit reads a line without the white space around it; equal documents fail alike, so that their order is no matter. */
function matchFailures(documents: Documents, failures: readonly ParseFailure[]): Map<number, ParseFailure> {
  const open = new Map<string, ParseFailure[]>();
  for (const failure of failures) {
    const text = failure.document.trim();
    const same = open.get(text);
    if (same === undefined) open.set(text, [failure]);
    else same.push(failure);
  }
  const named = new Map<number, ParseFailure>();
  for (let index = 0; index < documents.length && named.size < failures.length; index++) {
    const failure = open.get(documents.text(index).trim())?.pop();
    if (failure !== undefined) named.set(index, failure);
  }
  return named;
}

function refused(
  offset: bigint,
  failure: ParseFailure | undefined,
  certain: boolean,
  count: number,
  sent: number,
): RejectedError {
  const place = `offset ${offset}`;
  if (failure !== undefined || certain) {
    return new RejectedError(`Quickwit rejected the document: ${failure?.message ?? "no reason was given"}`, {
      code: "IGC_SINK_QUICKWIT_DOCUMENT",
      place,
      fix: "make the document fit the doc_mapping of the index, with a transform or a new index",
    });
  }
  return new RejectedError(
    `Quickwit rejected ${count} of the ${sent} documents of a request without saying which: this one may be in the index already`,
    {
      code: "IGC_SINK_QUICKWIT_DOCUMENT_UNKNOWN",
      place,
      fix: "look for the document in the index before replaying it; newer versions of Quickwit name the rejected documents",
    },
  );
}
