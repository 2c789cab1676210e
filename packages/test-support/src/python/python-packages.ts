import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why Python packages cannot be installed here, or false when they can. */
export async function missingPython(): Promise<string | false> {
  try {
    await run("python3", ["-m", "pip", "--version"]);
    return false;
  } catch {
    return "python3 with pip is not installed";
  }
}

/**
 * A folder for `PYTHONPATH` with these packages, each with its version (`name==1.2.3`), installed once per machine and kept
 * between runs.
 */
export async function pythonPackages(...requirements: readonly string[]): Promise<string> {
  const cache = join(tmpdir(), "iggy-connectors-python");
  const name = requirements.join("+").replace(/[^\w.+-]+/g, "-");
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const folder = join(cache, `${name.slice(0, 60)}-${digest}`);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "installing-"));
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "5", "--timeout", "30"];
    await run("python3", ["-m", "pip", "install", ...quiet, "--target", draft, ...requirements]);
    await rename(draft, folder);
  } catch (error) {
    // Another run may have been faster.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
