/** One finding about a configuration: where it is, what is wrong, and what to do. */
export interface ConfigProblem {
  readonly severity: "error" | "warning";
  /** `IGC_CONFIG_…` or `IGC_PLUGIN_…`. */
  readonly code: string;
  /** Path of the file, or `environment`. */
  readonly file?: string | undefined;
  /** 1 is the first. */
  readonly line?: number | undefined;
  /** Path of the key as it is written: `streams[0].schema`; for the environment the name of the variable. */
  readonly key?: string | undefined;
  readonly message: string;
  readonly fix?: string | undefined;
}

/** `file:line key: problem; fix`. */
export function formatProblem({ file, line, key, message, fix }: ConfigProblem): string {
  const place = file === undefined ? "" : line === undefined ? `${file} ` : `${file}:${line} `;
  const subject = key === undefined || key === "" ? "" : `${key}`;
  const head = `${place}${subject}`.trimEnd();
  return `${head === "" ? "" : `${head}: `}${message}${fix === undefined ? "" : `; ${fix}`}`;
}

/** A configuration that cannot be used, with all findings. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly code = "IGC_CONFIG_INVALID";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** The message of anything that was thrown; for errors of the file system without the path and the system call. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : FILE_ERRORS.get(code)) ?? error.message;
}

const FILE_ERRORS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it does not exist"],
  ["EACCES", "no permission to read it"],
  ["EPERM", "no permission to read it"],
  ["EISDIR", "it is a folder, not a file"],
  ["ENOTDIR", "a part of the path is not a folder"],
]);
