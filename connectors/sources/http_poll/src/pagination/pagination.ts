import type { HttpResponse } from "@iggy-connectors/http";
import { exactAt, FatalError, JsonNumber, type JsonValue, type Path, parsePath, valueAt } from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig, PaginationConfig } from "../config.ts";
import { nextLink } from "./link-header.ts";

/** What a page was answered with. */
export interface Page {
  readonly reply: HttpResponse;
  /** Of a JSON answer. */
  readonly value: JsonValue | undefined;
  readonly records: readonly JsonValue[];
  /** Records of the round, this page's included. */
  readonly received: number;
}

/** What to ask for: parameters, or the URL of a page. */
interface PageRequest {
  readonly params: Readonly<Record<string, string | number>>;
  readonly url?: URL;
}

/** What follows a page. Each kind knows the end by its own sign; that fewer records came than were asked for is none. */
export type Following =
  /** Another page, at this position. `told`: the response says itself that there are more. */
  | { readonly position: string; readonly note?: string; readonly told?: boolean }
  /** Nothing. `warning`: the end is not what the server would say, but going on would lead nowhere. */
  | { readonly position: undefined; readonly warning?: string }
  /** The configuration does not allow to go there. */
  | { readonly position: undefined; readonly failure: FatalError };

/** Walks over the pages of a round. A position is a text that the checkpoint keeps; `undefined` is the first page. */
export interface Pagination {
  /** Positions are guessed, so that one behind the last page may be asked for. */
  readonly guesses: boolean;
  request(position: string | undefined): PageRequest;
  next(position: string | undefined, page: Page): Following;
  /** Where the next round begins, if it continues from here. */
  resume(position: string | undefined, page: Page): string | undefined;
}

const END: Following = { position: undefined };
const ONE_PAGE: Pagination = {
  guesses: false,
  request: () => ({ params: {} }),
  next: () => END,
  resume: () => undefined,
};

export function createPagination({ pagination, url }: Pick<HttpPollSourceConfig, "pagination" | "url">): Pagination {
  switch (pagination?.type) {
    case undefined:
      return ONE_PAGE;
    case "cursor":
      return cursorPages(pagination);
    case "offset":
      return offsetPages(pagination);
    case "page":
      return numberedPages(pagination);
    case "link_header":
      return linkedPages(url, ({ reply }) => nextLink(reply.headers.link));
    case "next_url": {
      const path = parsePath(pagination.path);
      return linkedPages(url, ({ value }) => textOf(value, path));
    }
  }
}

type Config<Type> = Extract<PaginationConfig, { readonly type: Type }>;

/** What a response itself says of more pages; undefined: nothing. */
function createSign({
  has_more_path,
  total_path,
}: {
  has_more_path?: string | undefined;
  total_path?: string | undefined;
}) {
  const [morePath, totalPath] = [has_more_path, total_path].map((path) =>
    path === undefined ? undefined : parsePath(path),
  );
  return ({ value, records }: Page, received: number): boolean | undefined => {
    const more = morePath === undefined || value === undefined ? undefined : valueAt(value, morePath);
    if (typeof more === "boolean") return more;
    const total = totalPath === undefined ? undefined : Number(textOf(value, totalPath) ?? Number.NaN);
    return total === undefined || Number.isNaN(total) ? undefined : received < total && records.length > 0;
  };
}

function cursorPages({ param, path, of, resume, has_more_path }: Config<"cursor">): Pagination {
  const cursorPath = parsePath(path);
  const hasMore = createSign({ has_more_path });
  const cursorOf = ({ value, records }: Page) => textOf(of === "reply" ? value : records.at(-1), cursorPath);
  return {
    guesses: false,
    request: (position) => ({ params: position === undefined ? {} : { [param]: position } }),
    next(position, page) {
      const cursor = cursorOf(page);
      if (cursor === undefined || hasMore(page, page.received) === false) return END;
      if (cursor !== position) return { position: cursor, told: hasMore(page, page.received) === true };
      // At the end of a list that only grows the cursor stays where it is.
      if (page.records.length === 0 || resume) return END;
      return { position: undefined, warning: `the cursor does not move from ${JSON.stringify(cursor)}` };
    },
    resume: (position, page) => (resume ? (cursorOf(page) ?? position) : undefined),
  };
}

function offsetPages({ param, limit_param, limit, resume, ...signs }: Config<"offset">): Pagination {
  const hasMore = createSign(signs);
  const after = (position: string | undefined, { records }: Page) => String(Number(position ?? 0) + records.length);
  return {
    guesses: true,
    request: (position) => ({ params: { [param]: Number(position ?? 0), [limit_param]: limit } }),
    // A server may send fewer than it was asked for: it goes on behind what was received.
    next: (position, page) =>
      page.records.length === 0 || hasMore(page, Number(after(position, page))) === false
        ? END
        : { position: after(position, page) },
    resume: (position, page) => (resume ? after(position, page) : undefined),
  };
}

function numberedPages({ param, start, size_param, size, ...signs }: Config<"page">): Pagination {
  const sizes = size_param === undefined || size === undefined ? {} : { [size_param]: size };
  const hasMore = createSign(signs);
  return {
    guesses: true,
    request: (position) => ({ params: { [param]: Number(position ?? start), ...sizes } }),
    next(position, page) {
      const more = hasMore(page, page.received);
      if (!(more ?? page.records.length > 0)) return END;
      return { position: String(Number(position ?? start) + 1), told: more === true };
    },
    resume: () => undefined,
  };
}

function linkedPages(first: string, link: (page: Page) => string | undefined): Pagination {
  const configured = new URL(first);
  return {
    guesses: false,
    request: (position) => (position === undefined ? { params: {} } : { params: {}, url: new URL(position) }),
    next(position, page) {
      const target = link(page);
      if (target === undefined) return END;
      const base = position ?? first;
      const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
      if (url === undefined || !isWithin(url, configured))
        return { position: undefined, failure: elsewhere(configured) };
      const note =
        url.origin === configured.origin
          ? undefined
          : `links to pages say ${url.origin}: they are requested from ${configured.origin}`;
      const href = new URL(url.pathname + url.search, configured.origin).href;
      if (href === base) return { position: undefined, warning: "the link to the next page leads to the same page" };
      return note === undefined ? { position: href } : { position: href, note };
    },
    resume: () => undefined,
  };
}

/**
 * A response must not send the source, with its credentials, to another server. Behind a proxy that ends TLS a server takes itself for
 * `http://`, with a port of its own: the same host is then meant, which is asked as it is configured.
 */
function isWithin({ origin, protocol, hostname }: URL, configured: URL): boolean {
  if (origin === configured.origin) return true;
  return configured.protocol === "https:" && protocol === "http:" && hostname === configured.hostname;
}

function elsewhere({ origin }: URL): FatalError {
  return new FatalError(`the URL of the next page is not on ${origin}`, {
    code: "IGC_SOURCE_HTTP_POLL_NEXT",
    place: "pagination",
    fix: "set url to the host name that the server uses in its links",
  });
}

/** Cursors, links and totals are texts or numbers, of which every digit counts; anything else means that there is none. */
function textOf(value: JsonValue | undefined, path: Path): string | undefined {
  const found = value === undefined ? undefined : exactAt(value, path);
  if (found instanceof JsonNumber) return found.text;
  if (typeof found === "number" || typeof found === "bigint") return String(found);
  return typeof found === "string" && found !== "" ? found : undefined;
}
