import { z } from "zod";

/** The original's field transforms take names literally; with this they take paths. */
export const pathsSetting = z
  .boolean()
  .default(false)
  .describe("Read names as paths (user.mail, items[*].id) instead of names of top-level fields");
