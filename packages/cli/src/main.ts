#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Compiling takes a third of the start: the next one finds everything compiled. Nothing else is imported before, and the workers,
// which do not inherit the setting, find it in their environment. Where nothing can be written, every start compiles.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "node-compile-cache");
enableCompileCache(process.env.NODE_COMPILE_CACHE);

await import("./command.ts");
