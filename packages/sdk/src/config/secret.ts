import { z } from "zod";

/** A string that is never shown: it is masked in the API, logs and error messages. Use `secret().optional()` if it may be absent. */
export function secret() {
  return z.string().meta({ secret: true });
}
