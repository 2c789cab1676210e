/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_STDOUT_CLOSED: {
    meaning: "Nothing reads the standard output any more.",
    cause: "The program at the other end of the pipe has ended.",
    fix: "Start the process again with a reader, or write to files with the file sink.",
  },
  IGC_SINK_STDOUT_IO: {
    meaning: "The standard output cannot be written.",
    cause: "It leads, for example, to a full disk.",
    fix: "Look at what the standard output leads to. The write is repeated.",
  },
} as const;
