import { ProtocolError } from "../../errors.ts";
import type { Options } from "../../values/headers.ts";

const UNSUPPORTED_OPTION_KEY = 4041;

/** Records of this dialect carry no options. */
export const NO_OPTIONS: Options = new Map();

/** Refuses options where the dialect has no place for them: what a caller asks for is never left out silently. */
export function expectNoOptions(options: Options | undefined): void {
  const key = options?.keys().next().value;
  if (key === undefined) return;
  throw new ProtocolError(
    `servers up to 0.8 do not know the option ${JSON.stringify(key)}`,
    undefined,
    UNSUPPORTED_OPTION_KEY,
  );
}
