import type { ApiFailure } from "@iggy-connectors/runtime/api-types";
import { printableLine } from "@iggy-connectors/runtime/printable";
import type { Response } from "undici";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { shownCopy } from "../output/shown.ts";
import type { ApiTarget } from "./target.ts";

/** Milliseconds. Long operations, such as a restart or a replay, answer when they are done. */
const TIMEOUT = 15 * 60_000;

/** Calls the HTTP API of a runtime. Every method throws `CliError`, with the reason that the API gives. */
export class ApiClient {
  readonly #target: ApiTarget;

  constructor(target: ApiTarget) {
    this.#target = target;
  }

  /** `timeout`: milliseconds for the whole answer. */
  get<Result>(path: string, timeout = TIMEOUT): Promise<Result> {
    return this.#json("GET", path, undefined, timeout);
  }

  /** The answer as it was written: JSON numbers keep their digits. */
  text(path: string): Promise<string> {
    return this.#text("GET", path, undefined, TIMEOUT);
  }

  post<Result>(path: string, body?: unknown): Promise<Result> {
    return this.#json("POST", path, body);
  }

  put<Result>(path: string, body: unknown): Promise<Result> {
    return this.#json("PUT", path, body);
  }

  delete<Result>(path: string): Promise<Result> {
    return this.#json("DELETE", path);
  }

  /** Name and data of each event of a stream, until it ends. */
  async *events(path: string): AsyncGenerator<{ readonly event: string; readonly data: string }> {
    const response = await this.#request("GET", path, undefined, undefined);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) yield event;
      }
    }
  }

  async #json<Result>(method: string, path: string, body?: unknown, timeout = TIMEOUT): Promise<Result> {
    const text = await this.#text(method, path, body, timeout);
    return (text === "" ? undefined : JSON.parse(text)) as Result;
  }

  async #text(method: string, path: string, body: unknown, timeout: number): Promise<string> {
    return (await this.#request(method, path, body, AbortSignal.timeout(timeout))).text();
  }

  async #request(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    const { url, apiKey } = this.#target;
    // Node's own fetch gives up after five minutes without a response, whatever the signal says.
    const { Agent, fetch } = await import("undici");
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0 }),
        ...(signal === undefined ? {} : { signal }),
        headers: {
          ...(apiKey === undefined ? {} : { "api-key": apiKey }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CliError(`cannot connect to a runtime at ${url}: ${reasonOf(error)}`, {
        exitCode: EXIT.unreachable,
        fix: "start a runtime with `iggy-connectors`, or give its address with --api or --config",
      });
    }
    if (response.ok) return response;
    throw await failure(response, url);
  }
}

async function failure(response: Response, url: string): Promise<CliError> {
  const text = await response.text();
  if (response.status === 401) {
    return new CliError(`the runtime at ${url} requires an API key`, {
      exitCode: EXIT.failed,
      fix: "set IGGY_CONNECTORS_HTTP_API_KEY, or use --api-key",
    });
  }
  let body: Partial<ApiFailure> = {};
  try {
    body = JSON.parse(text) as Partial<ApiFailure>;
  } catch {
    // Not an error of our API, but of a proxy, for example: its text is all there is.
  }
  const reason = body.reason ?? (text === "" ? `HTTP status ${response.status}` : text.slice(0, 500));
  const { code, place, fix } = shownCopy(body);
  return new CliError(printableLine(reason), { exitCode: EXIT.failed, code, place, fix });
}

function parseEvent(block: string): { event: string; data: string } | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}

/** `fetch` puts the reason into the cause of its error. */
function reasonOf(error: unknown): string {
  const cause = (error as Error).cause;
  if (cause instanceof AggregateError && cause.errors.length > 0) return String((cause.errors[0] as Error).message);
  return cause instanceof Error ? cause.message : (error as Error).message;
}
