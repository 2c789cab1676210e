import { z } from "zod";

/** `operation` of `field_to_header` and `header_to_field`. */
export const operationSetting = z
  .enum(["copy", "move"])
  .default("copy")
  .describe("copy: the original stays where it is; move: it is removed");
