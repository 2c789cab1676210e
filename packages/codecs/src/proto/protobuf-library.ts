import { createRequire } from "node:module";
import type {} from "protobufjs/ext/descriptor.js";

type Library = typeof import("protobufjs");

let library: Library | undefined;

/** `protobufjs`, loaded when the first protobuf schema is read: other connectors do not pay for it. */
export function protobuf(): Library {
  if (library === undefined) {
    const require = createRequire(import.meta.url);
    library = require("protobufjs") as Library;
    require("protobufjs/ext/descriptor.js");
  }
  return library;
}
