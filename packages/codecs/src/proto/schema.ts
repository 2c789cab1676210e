import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { IParserResult, Root } from "protobufjs";
import { schemaError } from "../errors/codec-error.ts";
import { readSchemaFile, type SchemaFolders } from "../schema-files.ts";
import { protobuf } from "./protobuf-library.ts";

/** The location of a protobuf schema; exactly one of the three. */
export interface ProtoLocation {
  /** A `.proto` file. */
  readonly schemaPath?: string | undefined;
  /** A serialised `FileDescriptorSet`: its bytes, its file, or base64 text. */
  readonly descriptorSet?: string | Uint8Array | undefined;
  /** The text of a `.proto` file, with its imports by name. */
  readonly text?: { readonly source: string; readonly imports: ReadonlyMap<string, string> } | undefined;
  /** Folders that are searched for imports, after the folder of the importing file. Default: the folders of relative paths. */
  readonly includePaths?: readonly string[] | undefined;
}

/** The resolved types of a schema. */
export interface ProtoSchema {
  readonly root: Root;
  /** Names the schema in errors. */
  readonly place: string;
}

const MAX_IMPORTS = 1000;

/** Throws `FatalError` (`IGC_CONFIG_SCHEMA_FILE`, `IGC_CONFIG_SCHEMA_INVALID`) that names the file and what is wrong with it. */
export function loadProtoSchema(source: ProtoLocation, folders: SchemaFolders): ProtoSchema {
  if (source.text !== undefined) return parseText(source.text.source, source.text.imports);
  if (source.schemaPath !== undefined) return parseFile(source.schemaPath, source.includePaths ?? [], folders);
  return readDescriptorSet(source.descriptorSet!, folders);
}

function parseText(source: string, imports: ReadonlyMap<string, string>): ProtoSchema {
  const place = "the schema's text";
  return parseAll({ name: place, source }, (name) => {
    const text = imports.get(name);
    return text === undefined ? undefined : { name, source: text };
  });
}

function parseFile(path: string, includePaths: readonly string[], folders: SchemaFolders): ProtoSchema {
  const main = readSchemaFile(path, folders, "proto_schema_path");
  const bases = folders.length === 0 ? [process.cwd()] : folders;
  const includes = includePaths.flatMap((include) => bases.map((base) => resolve(base, include)));
  return parseAll({ name: main.path, source: main.bytes.toString("utf8") }, (name, importer) => {
    for (const folder of [dirname(importer), ...includes, ...bases]) {
      const candidate = resolve(folder, name);
      const text = readIfThere(candidate);
      if (text !== undefined) return { name: candidate, source: text };
    }
    return undefined;
  });
}

interface SourceFile {
  readonly name: string;
  readonly source: string;
}

/** Parses a file and everything it imports into one root. `find` returns undefined for an unknown import. */
function parseAll(main: SourceFile, find: (name: string, importer: string) => SourceFile | undefined): ProtoSchema {
  const library = protobuf();
  const root = new library.Root();
  const known = new Set([main.name]);
  const files = [main];
  for (let file = files.pop(); file !== undefined; file = files.pop()) {
    for (const name of parseInto(root, file)) {
      const bundled = library.common.get(name);
      const found = bundled === null ? find(name, file.name) : undefined;
      if (bundled === null && found === undefined) {
        throw schemaError(
          `the import ${JSON.stringify(name)} cannot be found; add its folder to proto_include_paths`,
          file.name,
        );
      }
      const key = found?.name ?? name;
      if (known.has(key)) continue;
      known.add(key);
      if (known.size > MAX_IMPORTS) throw schemaError(`the schema imports more than ${MAX_IMPORTS} files`, main.name);
      if (found !== undefined) files.push(found);
      else if (bundled?.nested !== undefined) root.addJSON(bundled.nested);
    }
  }
  return resolved(root, main.name);
}

/** Parses one file and returns the names of its imports. */
function parseInto(root: Root, { name, source }: SourceFile): readonly string[] {
  let parsed: IParserResult;
  try {
    parsed = protobuf().parse(source, root, { keepCase: true });
  } catch (cause) {
    throw schemaError(`the .proto file cannot be read: ${messageOf(cause)}`, name, cause);
  }
  return [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])];
}

function readDescriptorSet(descriptorSet: string | Uint8Array, folders: SchemaFolders): ProtoSchema {
  const { bytes, path } =
    typeof descriptorSet !== "string"
      ? { bytes: descriptorSet, path: "proto_descriptor_set" }
      : (readBase64(descriptorSet) ?? readSchemaFile(descriptorSet, folders, "proto_descriptor_set"));
  try {
    return resolved(protobuf().Root.fromDescriptor(bytes, { keepCase: true }), path);
  } catch (cause) {
    throw schemaError(`the descriptor set cannot be read: ${messageOf(cause)}`, path, cause);
  }
}

const BASE64 = /^[A-Za-z0-9+/\s]{8,}={0,2}\s*$/;
/** A descriptor set begins with field 1, length-delimited: its base64 begins with these letters. */
const BASE64_START = /^\s*C[g-v]/;

/** The bytes of a string that can only be base64; undefined if it is a path. */
function readBase64(text: string): { bytes: Uint8Array; path: string } | undefined {
  if (!BASE64.test(text) || !BASE64_START.test(text)) return undefined;
  return { bytes: Buffer.from(text, "base64"), path: "proto_descriptor_set" };
}

function resolved(root: Root, place: string): ProtoSchema {
  try {
    root.resolveAll();
  } catch (cause) {
    throw schemaError(`the protobuf schema cannot be resolved: ${messageOf(cause)}`, place, cause);
  }
  return { root, place };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
