import { createHash } from "node:crypto";
import type { HttpPollState } from "./state.ts";

const DIGITS = 16;
/** Positions that are remembered: a longer circle ends at its first page, or at `max_pages`. */
const REMEMBERED = 100;

/** Some servers have a cursor for ever; others filter, so that pages in the middle are empty. */
const EMPTY_PAGES = 100;

type Trail = Pick<HttpPollState, "visited" | "first_page" | "previous_page" | "empty">;

/** Notices that the pages of a round repeat themselves. What it remembers is part of the checkpoint. */
export class RoundGuard {
  readonly #trail: Trail;

  constructor({ visited, first_page, previous_page, empty }: HttpPollState) {
    this.#trail = {
      ...(visited === undefined ? {} : { visited }),
      ...(first_page === undefined ? {} : { first_page }),
      ...(previous_page === undefined ? {} : { previous_page }),
      ...(empty === undefined ? {} : { empty }),
    };
  }

  /** Whether a page of so many records is one too many of those without any. */
  leadsNowhere(records: number): boolean {
    return records === 0 && (this.#trail.empty ?? 0) + 1 >= EMPTY_PAGES;
  }

  /**
   * Whether a page has what the page before it, or the first one, had: the server does not know the parameter, or begins again behind
   * its last page.
   */
  repeats(payloads: readonly Uint8Array[]): boolean {
    const content = contentDigest(payloads);
    return content !== undefined && (content === this.#trail.previous_page || content === this.#trail.first_page);
  }

  /** Whether a position was asked for in this round. */
  knows(position: string): boolean {
    return this.#trail.visited?.includes(digest(position)) === true;
  }

  /** What is remembered behind a page. */
  after(position: string | undefined, payloads: readonly Uint8Array[]): Trail {
    const { visited = [], first_page, previous_page } = this.#trail;
    const content = contentDigest(payloads);
    const first = first_page ?? content;
    const previous = content ?? previous_page;
    const positions = position === undefined ? visited : [...visited, digest(position)].slice(-REMEMBERED);
    const empty = content === undefined ? (this.#trail.empty ?? 0) + 1 : 0;
    return {
      ...(empty === 0 ? {} : { empty }),
      ...(positions.length === 0 ? {} : { visited: positions }),
      ...(first === undefined ? {} : { first_page: first }),
      ...(previous === undefined ? {} : { previous_page: previous }),
    };
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
}

function contentDigest(payloads: readonly Uint8Array[]): string | undefined {
  if (payloads.length === 0) return undefined;
  const hash = createHash("sha256");
  for (const payload of payloads) hash.update(`${payload.length}\0`).update(payload);
  return hash.digest("hex").slice(0, DIGITS);
}
