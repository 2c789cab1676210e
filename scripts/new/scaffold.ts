import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the first version of a part consists of; paths from the root of the repository. */
export interface Scaffold {
  /** New files by their path. */
  readonly files: Readonly<Record<string, string>>;
  /** Lines that go into files that exist: each in front of the first line that contains `before`, from `within` on. */
  readonly lines: readonly {
    readonly file: string;
    readonly line: string;
    readonly within?: string;
    readonly before: string;
  }[];
  /** What is left to do by hand, one step each. */
  readonly next: readonly string[];
}

/** What a name may look like: `hash_fields`, `get_thing`. */
export const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

export const hyphenated = (name: string): string => name.replaceAll("_", "-");
export const camelCased = (name: string): string =>
  name.replaceAll(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());
export const pascalCased = (name: string): string => camelCased(`_${name}`);

/** Writes a scaffold below `root`. Throws before anything is written where a file exists, or a place for a line is not found. */
export function write({ files, lines }: Scaffold, root: string): void {
  for (const path of Object.keys(files)) {
    if (existsSync(join(root, path))) throw new Error(`${path} exists already`);
  }
  const changed = lines.map((insertion) => [join(root, insertion.file), withLine(root, insertion)] as const);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [path, text] of changed) writeFileSync(path, text);
}

function withLine(root: string, { file, line, within, before }: Scaffold["lines"][number]): string {
  const text = readFileSync(join(root, file), "utf8").split("\n");
  const start = within === undefined ? 0 : text.findIndex((existing) => existing.includes(within));
  const at = start < 0 ? -1 : text.findIndex((existing, index) => index > start && existing.includes(before));
  if (at < 0) throw new Error(`${file} has no line with ${JSON.stringify(within ?? before)}`);
  return [...text.slice(0, at), line, ...text.slice(at)].join("\n");
}
