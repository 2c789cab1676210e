import { httpClientShape, httpRetryShape, httpStatusShape } from "@iggy-connectors/http";
import { duration, path } from "@iggy-connectors/sdk";
import { z } from "zod";

const param = (meaning: string, value: string) => z.string().min(1).default(value).describe(meaning);
const resume = z
  .boolean()
  .default(false)
  .describe("The next round goes on where the last one ended, for lists that only grow. `false`: it begins anew.");

const cursorPages = z.object({
  type: z.literal("cursor"),
  param: param("Parameter that carries the cursor.", "cursor"),
  path: path("Where the next cursor is; none there: the last page", "next_cursor"),
  of: z
    .enum(["reply", "last_record"])
    .default("reply")
    .describe("Whether `path` leads from the whole answer or from its last record."),
  resume,
});

const linkPages = z.object({ type: z.literal("link_header") });

const nextUrlPages = z.object({
  type: z.literal("next_url"),
  path: path("Where the answer has the URL of the next page; none there: the last page", "links.next"),
});

const offsetPages = z.object({
  type: z.literal("offset"),
  param: param("Parameter with the number of records to skip.", "offset"),
  limit_param: param("Parameter with the most records of a page.", "limit"),
  limit: z.int().min(1).default(100).describe("Records of a page; fewer mean the last page."),
  resume,
});

const numberedPages = z.object({
  type: z.literal("page"),
  param: param("Parameter with the number of the page.", "page"),
  start: z.int().min(0).default(1).describe("Number of the first page."),
  size_param: z.string().min(1).optional().describe("Parameter with the size of a page.").meta({ example: "per_page" }),
  size: z
    .int()
    .min(1)
    .optional()
    .describe("Records of a page; fewer mean the last page. Absent: a page without records is the last.")
    .meta({ example: 100 }),
});

const pagination = z
  .discriminatedUnion("type", [cursorPages, linkPages, nextUrlPages, offsetPages, numberedPages])
  .describe(
    "How to get all pages: `cursor`, `link_header` (RFC 8288), `next_url`, `offset` or `page`. Absent: there is one.",
  );

const since = z
  .object({
    path: path("In a record: the value that grows, such as a time of change", "updated_at"),
    param: param("Parameter that carries the greatest value of the rounds before.", "since"),
    initial: z
      .union([z.string(), z.number()])
      .optional()
      .describe("Its value in the first round. Absent: the parameter is left out.")
      .meta({ example: "2024-01-01T00:00:00Z" }),
  })
  .describe("Asks only for what is new since the last round.");

export const httpPollSourceConfig = z.object({
  url: z.url().describe("What is asked.").meta({ example: "https://api.example/v1/events" }),
  method: z.enum(["GET", "POST"]).default("GET").describe("Method of the requests."),
  query: z
    .record(z.string(), z.string())
    .default({})
    .describe("Parameters of the URL.")
    .meta({ secret: true, example: { state: "open" } }),
  body: z
    .record(z.string(), z.json())
    .optional()
    .describe("JSON body of `POST`.")
    .meta({ example: { query: "state:open" } }),
  params_in: z
    .enum(["query", "body"])
    .default("query")
    .describe("Where parameters of `pagination` and `since` go: in the URL, or as keys of the JSON body."),
  interval: duration()
    .prefault("1m")
    .describe("From the start of one round over all pages to the next.")
    .meta({ example: "15s" }),
  format: z
    .enum(["json", "ndjson", "text"])
    .default("json")
    .describe("What answers are: `json` with records in it, `ndjson` with a record per line, `text` as one message."),
  records_path: path(
    "Where a JSON answer has the list of records. Absent: the answer is the list, or one record",
    "data.items",
  ).optional(),
  id_path: path("In a record: what identifies it for ever; then it makes the message id", "id").optional(),
  dedupe: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe("How many records are remembered, so that those are not sent again; by `id_path`, else by content.")
    .meta({ example: 1000 }),
  pagination: pagination.optional(),
  max_pages: z.int().min(1).default(10_000).describe("Most pages of a round; then it counts as ended, with a warning."),
  since: since.optional(),
  conditional: z
    .boolean()
    .default(true)
    .describe(
      "Without pagination: asks with `ETag` and `Last-Modified` of the last answer, so that nothing new costs nothing.",
    ),
  min_request_interval: duration()
    .prefault("0")
    .describe(
      "Pause from one request to the next. `X-RateLimit-Remaining: 0` and `Retry-After` are honoured in any case.",
    )
    .meta({ example: "200ms" }),
  ...httpClientShape,
  ...httpRetryShape,
  ...httpStatusShape,
});

export type HttpPollSourceConfig = z.infer<typeof httpPollSourceConfig>;
export type PaginationConfig = z.infer<typeof pagination>;
