import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

interface DescribedAnswer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface DescribedOperation {
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: object;
}

export interface GivenAnswer {
  readonly method: string;
  /** With or without a query. */
  readonly url: string;
  readonly status: number;
  /** `undefined`: there is no body. */
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Compares what an API answers with its OpenAPI document. */
export class DescribedApi {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #checks = new Map<object, ValidateFunction>();
  readonly #patterns: readonly { readonly pattern: RegExp; readonly path: string }[];

  constructor(document: unknown) {
    this.#document = document as ApiDocument;
    // ajv-formats is CommonJS: its function is the default export of the default export.
    (formats as unknown as { default: (ajv: Ajv2020) => void }).default(this.#ajv);
    this.#ajv.addSchema({ $id: "urn:iggy-connectors:api", components: this.#document.components });
    // What is written out wins over a parameter.
    const paths = Object.keys(this.#document.paths).sort((a, b) => parameters(a) - parameters(b));
    this.#patterns = paths.map((path) => ({
      path,
      pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    }));
  }

  /** Asserts that an answer is one of those that its operation describes. Paths and methods that are not described must be 404 and 405. */
  check({ method, url, status, contentType, body }: GivenAnswer): void {
    const asked = `${method} ${url}: ${status}`;
    const [path = "/"] = url.split("?", 1);
    const operation = this.#patterns
      .filter(({ pattern }) => pattern.test(path))
      .map((known) => this.#document.paths[known.path]?.[method.toLowerCase()])
      .find((described) => described !== undefined);
    if (operation === undefined) {
      assert.ok([400, 401, 404, 405].includes(status), `${asked} of something that is not described`);
      return;
    }
    const answer = operation.responses[status];
    assert.ok(answer !== undefined, `${asked} is not described\n${body}`);
    if (body === "") return;
    const type = contentType?.split(";", 1)[0] ?? "";
    const media = answer.content?.[type];
    assert.ok(media !== undefined, `${asked}: the content type ${type} is not described`);
    const check = this.#checkOf(media.schema);
    const value: unknown = type === "application/json" ? JSON.parse(body) : body;
    assert.ok(check(value), `${asked}: ${this.#ajv.errorsText(check.errors)}\n${body}`);
  }

  #checkOf(schema: object): ValidateFunction {
    let check = this.#checks.get(schema);
    if (check === undefined) {
      // References are to the document: they need its name in front.
      check = this.#ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"urn:iggy-connectors:api#/')) as object,
      );
      this.#checks.set(schema, check);
    }
    return check;
  }
}

function parameters(path: string): number {
  return path.split("{").length;
}
