import { DefinitionReader, type DefinitionReading, type ReaderOptions } from "../connector-files/definition-reader.ts";
import { variablePrefixes } from "../connector-files/overrides.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import type { ConfigDocument } from "../document/document.ts";

/** A document and the connector that it configures. */
export interface IdentifiedDocument extends ConnectorIdentity {
  readonly document: ConfigDocument;
}

/** What was read from a document, with the values that came from secret files or are marked as secret. */
export interface CachedReading extends DefinitionReading {
  readonly secrets: readonly string[];
}

interface Entry {
  readonly reading: CachedReading;
  /** The variables of the environment that belong to the connector. */
  readonly variables: string;
  /** Files that hold values of placeholders or variables: they may change while the document does not. */
  readonly valueFiles: ReadonlySet<string>;
}

const NO_FILES: ReadonlySet<string> = new Set();

/** Definitions by the document that they were read from, so that an unchanged file is not validated again. */
export class DefinitionCache {
  readonly #options: ReaderOptions;
  #entries = new WeakMap<ConfigDocument, Entry>();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Reads a document with the variables that begin with its connector's prefixes. */
  read(identified: IdentifiedDocument, variables: ReadonlyMap<string, readonly string[]>): CachedReading {
    const { document, type, key } = identified;
    const own = variablePrefixes(type, key).map((prefix) => [prefix, variables.get(prefix) ?? []] as const);
    const fingerprint = JSON.stringify(own);
    const known = this.#entries.get(document);
    if (known?.variables === fingerprint) return known.reading;
    const secrets: string[] = [];
    const valueFiles = new Set<string>();
    const reader = new DefinitionReader(document, type, {
      ...this.#options,
      secret: (value) => {
        secrets.push(value);
        this.#options.secret(value);
      },
      valueFile: (file) => {
        valueFiles.add(file);
      },
    });
    for (const [prefix, names] of own) reader.override(prefix, names);
    const reading = { ...reader.finish(key), secrets };
    this.#entries.set(document, { reading, variables: fingerprint, valueFiles });
    return reading;
  }

  /** Forgets what was read from these documents with values in files: the files may have changed. */
  expire(documents: Iterable<ConfigDocument>): void {
    for (const document of documents) {
      if (this.valueFilesOf(document).size > 0) this.#entries.delete(document);
    }
  }

  /** The files that hold values of a document, as it was read last. */
  valueFilesOf(document: ConfigDocument): ReadonlySet<string> {
    return this.#entries.get(document)?.valueFiles ?? NO_FILES;
  }
}
