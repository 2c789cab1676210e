/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_IGGY_SERVER: {
    meaning: "The embedded server did not start, for a reason without a code.",
    cause: "The message gives it.",
    fix: "Read the message; report it if it does not help.",
  },
} as const;
