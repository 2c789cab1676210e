import { httpClientShape, httpRetryShape, httpStatusShape } from "@iggy-connectors/http";
import { duration, path } from "@iggy-connectors/sdk";
import { z } from "zod";

const param = (meaning: string, value: string) => z.string().min(1).default(value).describe(meaning);
const resume = z
  .boolean()
  .default(false)
  .describe(
    "The next round continues where the last one ended, for lists that only grow. `false`: each round starts at the first page.",
  );

const hasMorePath = path(
  "Where a response says by `true` or `false` whether there are more pages",
  "has_more",
).optional();
const totalPath = path("Where a response has the number of records of all pages", "total").optional();

const cursorPages = z.object({
  type: z.literal("cursor"),
  param: param("Parameter for the cursor.", "cursor"),
  path: path("Where a response has the next cursor; without one it is the last page", "next_cursor"),
  of: z
    .enum(["reply", "last_record"])
    .default("reply")
    .describe("Whether `path` starts at the whole response or at its last record."),
  has_more_path: hasMorePath,
  resume,
});

const linkPages = z.object({ type: z.literal("link_header") });

const nextUrlPages = z.object({
  type: z.literal("next_url"),
  path: path("Where a response has the URL of the next page; without one it is the last page", "links.next"),
});

const offsetPages = z.object({
  type: z.literal("offset"),
  param: param("Parameter for the number of records to skip.", "offset"),
  limit_param: param("Parameter for the page size.", "limit"),
  limit: z
    .int()
    .min(1)
    .default(100)
    .describe("Records to ask for per page; a server may send fewer. A page without records is the last one."),
  has_more_path: hasMorePath,
  total_path: totalPath,
  resume,
});

const numberedPages = z.object({
  type: z.literal("page"),
  param: param("Parameter for the page number.", "page"),
  start: z.int().min(0).default(1).describe("Number of the first page."),
  size_param: z.string().min(1).optional().describe("Parameter for the page size.").meta({ example: "per_page" }),
  size: z
    .int()
    .min(1)
    .optional()
    .describe("Records to ask for per page; a server may send fewer. A page without records is the last one.")
    .meta({ example: 100 }),
  has_more_path: hasMorePath,
  total_path: totalPath,
});

const pagination = z
  .discriminatedUnion("type", [cursorPages, linkPages, nextUrlPages, offsetPages, numberedPages])
  .describe(
    "Kind of pagination: `cursor`, `link_header` (RFC 8288), `next_url`, `offset` or `page`. Absent: there is one page.",
  );

const since = z
  .object({
    path: path("Where a record has the value that grows, such as its time of change", "updated_at"),
    param: param("Parameter for the greatest value of the previous rounds.", "since"),
    initial: z
      .union([z.string(), z.number()])
      .optional()
      .describe("Value of the parameter in the first round. Absent: the parameter is left out.")
      .meta({ example: "2024-01-01T00:00:00Z" }),
  })
  .describe("Requests only records that are new since the last round.");

export const httpPollSourceConfig = z.object({
  url: z.url().describe("URL to request.").meta({ example: "https://api.example/v1/events" }),
  method: z.enum(["GET", "POST"]).default("GET").describe("HTTP method of the requests."),
  query: z
    .record(z.string(), z.string())
    .default({})
    .describe("Parameters of the URL.")
    .meta({ secret: true, example: { state: "open" } }),
  body: z
    .record(z.string(), z.json())
    .optional()
    .describe("JSON body of `POST` requests.")
    .meta({ example: { query: "state:open" } }),
  params_in: z
    .enum(["query", "body"])
    .default("query")
    .describe("Where the parameters of `pagination` and `since` go: into the URL, or into the JSON body as keys."),
  interval: duration()
    .prefault("1m")
    .describe("Time from the start of one round over all pages to the start of the next.")
    .meta({ example: "15s" }),
  format: z
    .enum(["json", "ndjson", "text"])
    .default("json")
    .describe("Format of responses. `json`: contains records. `ndjson`: one record per line. `text`: one message."),
  records_path: path(
    "Where a JSON response has the list of records. Absent: the response is the list, or one record",
    "data.items",
  ).optional(),
  id_path: path("Where a record has its id, from which the message id is derived", "id").optional(),
  dedupe: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe("Number of records that are remembered, so that they are not sent again; by `id_path`, else by content.")
    .meta({ example: 1000 }),
  pagination: pagination.optional(),
  max_pages: z
    .int()
    .min(1)
    .default(10_000)
    .describe("Maximum number of pages per round; then the round ends, with a warning."),
  since: since.optional(),
  conditional: z
    .boolean()
    .default(true)
    .describe(
      "Without pagination: sends `ETag` and `Last-Modified` of the last response, so that an unchanged response is not transferred.",
    ),
  min_request_interval: duration()
    .prefault("0")
    .describe("Minimum time between two requests. Rate limits that the server tells are honoured in any case.")
    .meta({ example: "200ms" }),
  ...httpClientShape,
  ...httpRetryShape,
  ...httpStatusShape,
});

export type HttpPollSourceConfig = z.infer<typeof httpPollSourceConfig>;
export type PaginationConfig = z.infer<typeof pagination>;
