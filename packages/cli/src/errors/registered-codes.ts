import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { IGGY_ERROR_CODES } from "@iggy-connectors/runtime/error-codes";
import { ERROR_CODES } from "../error-codes.ts";

/** What a package says of an error code that it throws. */
export interface ErrorCodeEntry {
  /** What happened. */
  readonly meaning: string;
  /** What usually brings it about. */
  readonly cause: string;
  /** What to do about it. */
  readonly fix: string;
}

type ErrorCodes = Readonly<Record<string, ErrorCodeEntry>>;

/** The codes of the runtime, the embedded server and every connector that this command brings along. */
export async function registeredCodes(): Promise<ReadonlyMap<string, ErrorCodeEntry>> {
  const manifest = JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const packages = Object.keys(manifest.dependencies).filter((name) => name.startsWith("@iggy-connectors/"));
  const registries = await Promise.all(packages.map(codesOf));
  return new Map([ERROR_CODES, ...registries].flatMap((codes) => Object.entries(codes)));
}

/** Those, and the codes of Iggy's own errors. */
export async function allCodes(): Promise<ReadonlyMap<string, ErrorCodeEntry>> {
  return new Map([...Object.entries<ErrorCodeEntry>(IGGY_ERROR_CODES), ...(await registeredCodes())]);
}

/** A package that throws no code of its own has no registry. */
async function codesOf(name: string): Promise<ErrorCodes> {
  try {
    return ((await import(`${name}/error-codes`)) as { ERROR_CODES: ErrorCodes }).ERROR_CODES;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return {};
    throw error;
  }
}

/**
 * The codes that most resemble a mistyped one: those that contain it, else those that share most of its words.
 */
export function similarCodes(code: string, known: Iterable<string>): string[] {
  const all = [...known];
  const containing = all.filter((candidate) => candidate.includes(code));
  if (containing.length > 0) return containing.sort();
  const words = new Set(code.split("_").slice(1));
  const shared = (candidate: string): number =>
    candidate
      .split("_")
      .slice(1)
      .filter((word) => words.has(word)).length;
  const most = Math.max(0, ...all.map(shared));
  return most === 0 ? [] : all.filter((candidate) => shared(candidate) === most).sort();
}
