import { z } from "zod";

/** A text that is shown nowhere: masked in the API, logs and error messages. `secret().optional()` where it may be absent. */
export function secret() {
  return z.string().meta({ secret: true });
}
