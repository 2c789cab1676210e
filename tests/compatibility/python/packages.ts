import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = "apache-iggy==0.9.0";

/** Why the official Python client cannot be installed here, or false when it can. */
export async function missingTools(): Promise<string | false> {
  try {
    await run("python3", ["-m", "pip", "--version"]);
    return false;
  } catch {
    return "python3 with pip is not installed";
  }
}

/** The folder with the client's package, installed once per machine and kept between runs. */
export async function installedPackages(): Promise<string> {
  const cache = join(tmpdir(), "iggy-connectors-python");
  const folder = join(cache, PACKAGE.replace("==", "-"));
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "installing-"));
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "5", "--timeout", "30"];
    await run("python3", ["-m", "pip", "install", ...quiet, "--target", draft, PACKAGE]);
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
