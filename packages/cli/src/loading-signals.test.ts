import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Killable, temporaryFolder } from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** Node options with which the process receives the signal when it imports this module. */
function signalAt(module: string, signal: NodeJS.Signals): string {
  const script = `import { registerHooks } from "node:module";
registerHooks({ resolve(specifier, context, next) {
  if (specifier === ${JSON.stringify(module)}) process.kill(process.pid, ${JSON.stringify(signal)});
  return next(specifier, context);
} });`;
  return `${process.env.NODE_OPTIONS ?? ""} --import data:text/javascript,${encodeURIComponent(script)}`;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} while the runtime is still loading ends the process cleanly`, async () => {
    await using folder = await temporaryFolder();
    const config = join(folder.path, "config.toml");
    await writeFile(
      config,
      `[http]\naddress = "127.0.0.1:0"\n[connectors]\nconfig_dir = ${JSON.stringify(folder.path)}\n`,
    );
    await using child = new Killable(MAIN, {
      arguments: ["run", "--config", config],
      environment: { NODE_OPTIONS: signalAt("@iggy-connectors/runtime/process", signal) },
    });
    assert.equal(await child.exited, 0, child.output);
  });

  test(`${signal} while the server is still loading ends the process cleanly`, async () => {
    await using folder = await temporaryFolder();
    await using child = new Killable(MAIN, {
      arguments: ["server", "--address", "127.0.0.1:0", "--path", folder.path],
      environment: { NODE_OPTIONS: signalAt("../server.ts", signal) },
    });
    assert.equal(await child.exited, 0, child.output);
  });
}
