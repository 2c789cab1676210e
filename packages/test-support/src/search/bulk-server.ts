import {
  HttpDestination,
  type HttpDestinationOptions,
  type ReceivedRequest,
  type ScriptedAnswer,
} from "@iggy-connectors/testing";

/** A document that the server holds. */
export interface StoredDocument {
  readonly index: string;
  readonly id: string;
  readonly source: unknown;
  readonly version: number;
  readonly routing: string | undefined;
}

/** One action of a bulk request. */
export interface BulkAction {
  readonly op: "index" | "create";
  readonly index: string;
  readonly id: string | undefined;
  readonly routing: string | undefined;
  readonly version: number | undefined;
  /** The line of the document as it came. */
  readonly line: string;
}

/** What the server says to one action instead of doing it. */
export interface ItemRefusal {
  readonly status: number;
  readonly error?: unknown;
}

/**
 * Elasticsearch's protocol as far as a sink needs it, in memory: indexes, data streams, bulk requests with ids, `create` and
 * external versions. Its answers have the form of the real ones; `destination.script` and `refuse` make it fail.
 */
export class BulkServer implements AsyncDisposable {
  readonly destination: HttpDestination;
  /** By index and id, in the order in which they arrived first. */
  readonly documents = new Map<string, StoredDocument>();
  /** Names, and the bodies with which they were created. */
  readonly indexes = new Map<string, unknown>();
  readonly templates = new Map<string, unknown>();
  readonly pipelines = new Set<string>();
  /** Answer of the privileges API; undefined: a server without security. */
  privileges: Readonly<Record<string, boolean>> | undefined;
  root: unknown = { version: { number: "8.15.0" } };
  autoCreate = true;
  refuse: (action: BulkAction) => ItemRefusal | undefined = () => undefined;
  /** Documents that were written, also those that replaced others. */
  writes = 0;
  #nextId = 0;

  private constructor(destination: HttpDestination) {
    this.destination = destination;
    destination.otherwise = (request) => this.#answer(request);
  }

  static async start(options: HttpDestinationOptions = {}): Promise<BulkServer> {
    return new BulkServer(await HttpDestination.start(options));
  }

  get url(): string {
    return this.destination.url;
  }

  /** What the documents of an index are, in the order in which they arrived first. */
  sources(index: string): unknown[] {
    return [...this.documents.values()].filter((document) => document.index === index).map(({ source }) => source);
  }

  /** The bulk requests that came. */
  bulks(): ReceivedRequest[] {
    return this.destination.requests.filter(({ target }) => target.startsWith("/_bulk"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destination[Symbol.asyncDispose]();
  }

  #answer({ method, target, body }: ReceivedRequest): ScriptedAnswer {
    const path = target.split("?", 1)[0]!;
    const [, first = "", second = ""] = path.split("/").map(decodeURIComponent);
    if (path === "/_bulk") return json(200, this.#bulk(body.toString("utf8")));
    if (path === "/") return json(200, this.root);
    if (first === "_security") {
      if (this.privileges === undefined) return json(400, failure("invalid_index_name_exception", "no such API"));
      const { index } = JSON.parse(body.toString()) as { index: { names: string[] }[] };
      return json(200, { index: { [index[0]!.names[0]!]: this.privileges } });
    }
    if (first === "_ingest") return { status: this.pipelines.has(path.split("/")[3] ?? "") ? 200 : 404 };
    if (method === "HEAD") return { status: this.indexes.has(first) ? 200 : 404 };
    if (method !== "PUT") return json(405, failure("method_not_allowed", method));
    if (first === "_index_template") {
      this.templates.set(second, JSON.parse(body.toString()));
      return json(200, { acknowledged: true });
    }
    if (first === "_data_stream" && !this.templates.has(second)) {
      return json(
        400,
        failure("illegal_argument_exception", `no matching index template found for data stream [${second}]`),
      );
    }
    const name = first === "_data_stream" ? second : first;
    if (this.indexes.has(name))
      return json(400, failure("resource_already_exists_exception", `[${name}] already exists`));
    this.indexes.set(name, body.length === 0 ? undefined : JSON.parse(body.toString()));
    return json(200, { acknowledged: true });
  }

  #bulk(text: string): unknown {
    if (!text.endsWith("\n")) throw new Error("a bulk request must end with a line feed");
    const lines = text.slice(0, -1).split("\n");
    const items: unknown[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      const [[op, address]] = Object.entries(JSON.parse(lines[at]!)) as [["index" | "create", Record<string, unknown>]];
      const { _index, _id, routing, version } = address as {
        _index: string;
        _id?: string;
        routing?: string;
        version?: number;
      };
      const action = { op, index: _index, id: _id, routing, version, line: lines[at + 1]! };
      items.push({ [op]: { _index, _id, ...(this.refuse(action) ?? this.#write(action)) } });
    }
    const errors = items.some((item) => Object.values(item as object)[0].status >= 300);
    return { took: 1, errors, items };
  }

  #write({ op, index, id, routing, version, line }: BulkAction): ItemRefusal {
    if (!this.indexes.has(index)) {
      if (!this.autoCreate) return refusal(404, "index_not_found_exception", `no such index [${index}]`);
      this.indexes.set(index, undefined);
    }
    let source: unknown;
    try {
      source = JSON.parse(line);
    } catch (error) {
      return refusal(400, "mapper_parsing_exception", "failed to parse", String(error));
    }
    const key = JSON.stringify([index, id ?? `auto-${this.#nextId++}`]);
    const known = this.documents.get(key);
    if (known !== undefined && (op === "create" || (version !== undefined && version <= known.version))) {
      return refusal(409, "version_conflict_engine_exception", "version conflict");
    }
    this.writes += 1;
    const stored = { index, id: id ?? key, source, version: version ?? (known?.version ?? 0) + 1, routing };
    this.documents.set(key, stored);
    return { status: known === undefined ? 201 : 200 };
  }
}

/** An error in the form of Elasticsearch. */
export function refusal(status: number, type: string, reason: string, cause?: string): ItemRefusal {
  return {
    status,
    error: { type, reason, ...(cause === undefined ? {} : { caused_by: { type: "cause", reason: cause } }) },
  };
}

function failure(type: string, reason: string): unknown {
  return { error: { root_cause: [{ type, reason }], type, reason } };
}

function json(status: number, body: unknown): ScriptedAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
