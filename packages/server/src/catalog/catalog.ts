import { readFile } from "node:fs/promises";
import { ServerStartError } from "../errors.ts";
import { hasCode, replaceFile } from "../storage/file.ts";
import { type CatalogDocument, EMPTY_CATALOG } from "./document.ts";

/** A step from one document to the next. A refusal is thrown and changes nothing. */
export type CatalogChange<Result> = (document: CatalogDocument) => {
  readonly document: CatalogDocument;
  readonly result: Result;
};

/** Positions reserved at once, so that handing one out needs no write. */
const POSITION_BLOCK = 1_048_576;

/**
 * The durable catalogue. A change is on stable storage before anybody sees it; changes happen one after another.
 * It also hands out metadata log positions, which grow over restarts and are the numbers of sessions.
 */
export class Catalog {
  readonly #path: string;
  readonly #onPublished: (before: CatalogDocument, after: CatalogDocument) => void;
  #document: CatalogDocument;
  #position: number;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    document: CatalogDocument,
    onPublished: (before: CatalogDocument, after: CatalogDocument) => void,
  ) {
    this.#path = path;
    this.#document = document;
    this.#position = document.positionCeiling;
    this.#onPublished = onPublished;
  }

  /**
   * Reads the catalogue, or begins an empty one. `onPublished` is called with every later document, before the change
   * that made it resolves.
   * @throws ServerStartError `IGC_SERVER_CATALOG_DAMAGED` when the file is not a catalogue.
   */
  static async open(
    path: string,
    onPublished: (before: CatalogDocument, after: CatalogDocument) => void,
  ): Promise<Catalog> {
    const document = await readDocument(path);
    const catalog = new Catalog(path, document, onPublished);
    await catalog.#save({ ...document, positionCeiling: document.positionCeiling + POSITION_BLOCK });
    return catalog;
  }

  get document(): CatalogDocument {
    return this.#document;
  }

  /** The newest position handed out. */
  get position(): number {
    return this.#position;
  }

  /** Takes the next position of the metadata log. */
  async nextPosition(): Promise<number> {
    if (this.#position + 1 >= this.#document.positionCeiling) {
      await this.change((document) => ({
        document: { ...document, positionCeiling: this.#position + POSITION_BLOCK },
        result: undefined,
      }));
    }
    return ++this.#position;
  }

  /** Makes a change durable, then visible. Rejects with what the change threw, or with the system's error. */
  change<Result>(step: CatalogChange<Result>): Promise<Result> {
    const run = async (): Promise<Result> => {
      const { document, result } = step(this.#document);
      const before = this.#document;
      if (document !== before) {
        await this.#save(document);
        this.#onPublished(before, document);
      }
      return result;
    };
    const changed = this.#queue.then(run);
    this.#queue = changed.catch(() => undefined);
    return changed;
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async #save(document: CatalogDocument): Promise<void> {
    await replaceFile(this.#path, [Buffer.from(JSON.stringify(document))]);
    this.#document = document;
  }
}

async function readDocument(path: string): Promise<CatalogDocument> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return EMPTY_CATALOG;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(path, String(error));
  }
  // The file is this server's own and replaced as a whole, so its version says that it is complete.
  const isDocument = typeof value === "object" && value !== null && "version" in value && value.version === 1;
  if (!isDocument) throw damaged(path, "it is not a catalogue of version 1");
  return value as CatalogDocument;
}

function damaged(path: string, cause: string): ServerStartError {
  return new ServerStartError(
    "IGC_SERVER_CATALOG_DAMAGED",
    `cannot read ${path}: ${cause}. Restore the file from a backup, or start with another data folder`,
  );
}
