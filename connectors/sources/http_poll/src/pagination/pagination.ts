import type { HttpResponse } from "@iggy-connectors/http";
import { FatalError, type JsonValue, parsePath, valueAt } from "@iggy-connectors/sdk";
import type { HttpPollSourceConfig, PaginationConfig } from "../config.ts";
import { nextLink } from "./link-header.ts";

/** What a page was answered with. */
interface Page {
  readonly reply: HttpResponse;
  /** Of a JSON answer. */
  readonly value: JsonValue | undefined;
  readonly records: readonly JsonValue[];
}

/** What to ask for: parameters, or the URL of a page. */
interface PageRequest {
  readonly params: Readonly<Record<string, string | number>>;
  readonly url?: URL;
}

/** Walks over the pages of a round. A position is a text that the checkpoint keeps; `undefined` is the first page. */
export interface Pagination {
  request(position: string | undefined): PageRequest;
  /** The next position; `undefined`: this was the last page. */
  next(position: string | undefined, page: Page): string | undefined;
  /** Where the next round begins, if it continues from here. */
  resume(position: string | undefined, page: Page): string | undefined;
}

const nothing = (): undefined => undefined;
const ONE_PAGE: Pagination = { request: () => ({ params: {} }), next: nothing, resume: nothing };

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
      return linkedPages(url, ({ value }) => textOf(valueAt(value, path)));
    }
  }
}

type Config<Type> = Extract<PaginationConfig, { readonly type: Type }>;

function cursorPages({ param, path, of, resume }: Config<"cursor">): Pagination {
  const cursorPath = parsePath(path);
  const cursorOf = ({ value, records }: Page) => textOf(valueAt(of === "reply" ? value : records.at(-1), cursorPath));
  return {
    request: (position) => ({ params: position === undefined ? {} : { [param]: position } }),
    next(position, page) {
      const cursor = cursorOf(page);
      // The same cursor again would be the same page for ever.
      return cursor === position || page.records.length === 0 ? undefined : cursor;
    },
    resume: (position, page) => (resume ? (cursorOf(page) ?? position) : undefined),
  };
}

function offsetPages({ param, limit_param, limit, resume }: Config<"offset">): Pagination {
  const after = (position: string | undefined, { records }: Page) => String(Number(position ?? 0) + records.length);
  return {
    request: (position) => ({ params: { [param]: Number(position ?? 0), [limit_param]: limit } }),
    next: (position, page) => (page.records.length < limit ? undefined : after(position, page)),
    resume: (position, page) => (resume ? after(position, page) : undefined),
  };
}

function numberedPages({ param, start, size_param, size }: Config<"page">): Pagination {
  const sizes = size_param === undefined || size === undefined ? {} : { [size_param]: size };
  return {
    request: (position) => ({ params: { [param]: Number(position ?? start), ...sizes } }),
    next: (position, { records }) =>
      records.length === 0 || records.length < (size ?? 0) ? undefined : String(Number(position ?? start) + 1),
    resume: nothing,
  };
}

function linkedPages(first: string, link: (page: Page) => string | undefined): Pagination {
  const { origin } = new URL(first);
  return {
    request: (position) => (position === undefined ? { params: {} } : { params: {}, url: new URL(position) }),
    next(position, page) {
      const target = link(page);
      if (target === undefined) return undefined;
      const base = position ?? first;
      const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
      // A response must not redirect the source to another server.
      if (url?.origin !== origin) {
        throw new FatalError(`the URL of the next page is not on ${origin}`, {
          code: "IGC_SOURCE_HTTP_POLL_NEXT",
          place: "pagination",
          fix: "set url to the host name that the server uses in its links",
        });
      }
      return url.href === base ? undefined : url.href;
    },
    resume: nothing,
  };
}

/** Cursors and links are texts or numbers; anything else means that there is none. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
