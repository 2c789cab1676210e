import { RequestRefused, ServerStartError, STATUS } from "../errors.ts";
import type { DiskHealth } from "../storage/disk/disk-health.ts";
import { type Files, ReplacementNotDurable, readIfPresent, replaceFile } from "../storage/disk/files.ts";
import { type CatalogDocument, EMPTY_CATALOG } from "./document.ts";

/** A step from one document to the next. A refusal is thrown and changes nothing. */
export type CatalogChange<Result> = (document: CatalogDocument) => {
  readonly document: CatalogDocument;
  readonly result: Result;
};

export interface CatalogEnvironment {
  readonly files: Files;
  readonly health: DiskHealth;
}

type Published = (before: CatalogDocument, after: CatalogDocument) => void;

/** Positions reserved at once, so that handing one out needs no write. */
const POSITION_BLOCK = 1_048_576;

/**
 * The durable catalogue. A change is on stable storage before it is visible; changes happen one after another.
 * It also hands out metadata log positions, which grow over restarts and are the numbers of sessions.
 */
export class Catalog {
  readonly #environment: CatalogEnvironment;
  readonly #path: string;
  readonly #onPublished: Published;
  #document: CatalogDocument;
  #position: number;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    environment: CatalogEnvironment,
    path: string,
    document: CatalogDocument,
    onPublished: Published,
  ) {
    this.#environment = environment;
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
  static async open(environment: CatalogEnvironment, path: string, onPublished: Published): Promise<Catalog> {
    const document = await readDocument(environment.files, path);
    const catalog = new Catalog(environment, path, document, onPublished);
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

  /**
   * Makes a change durable, then visible.
   * @throws what the change threw, or RequestRefused 13000 when it could not be saved.
   */
  change<Result>(step: CatalogChange<Result>): Promise<Result> {
    const run = async (): Promise<Result> => {
      const { document, result } = step(this.#document);
      const before = this.#document;
      if (document !== before) {
        this.#environment.health.check();
        await this.#save(document).catch((error: unknown) => {
          throw notSaved(error);
        });
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
    const { files, health } = this.#environment;
    try {
      await replaceFile(files, this.#path, [Buffer.from(JSON.stringify(document))]);
    } catch (error) {
      // The file may hold a change that was not acknowledged, so no further change may be based on the document in
      // memory.
      if (error instanceof ReplacementNotDurable) throw health.fail(`replacing ${this.#path}`, error);
      throw error;
    }
    this.#document = document;
  }
}

function notSaved(error: unknown): RequestRefused {
  if (error instanceof RequestRefused) return error;
  const cause = error instanceof Error ? error.message : String(error);
  return new RequestRefused(STATUS.IoError, `the change could not be saved: ${cause}`);
}

async function readDocument(files: Files, path: string): Promise<CatalogDocument> {
  const text = (await readIfPresent(files, path))?.toString("utf8");
  if (text === undefined) return EMPTY_CATALOG;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(path, String(error));
  }
  // The file is this server's own and replaced as a whole, so its version says that it is complete.
  const isDocument = typeof value === "object" && value !== null && "version" in value && value.version === 1;
  if (!isDocument) throw damaged(path, "it is not a catalogue of version 1");
  // A folder of a server without users has none in its catalogue.
  return { ...EMPTY_CATALOG, ...(value as CatalogDocument) };
}

function damaged(path: string, cause: string): ServerStartError {
  return new ServerStartError(
    "IGC_SERVER_CATALOG_DAMAGED",
    `cannot read ${path}: ${cause}. Restore the file from a backup, or start with another data folder`,
  );
}
