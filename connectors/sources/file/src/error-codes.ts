/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SOURCE_FILE_INPUT: {
    meaning: "The standard input cannot be read.",
    cause: "It leads to something that reports an error.",
    fix: "Start the process again with a standard input, or name a file.",
  },
  IGC_SOURCE_FILE_INPUT_CLOSED: {
    meaning: "The standard input is closed.",
    cause: "The process was started without one.",
    fix: "Start the process again with a standard input, or name a file.",
  },
  IGC_SOURCE_FILE_IO: {
    meaning: "The file cannot be read.",
    cause: "The disk or the file system reports an error.",
    fix: "Look at the disk or the file system that holds the file. The read is repeated.",
  },
  IGC_SOURCE_FILE_MISSING: {
    meaning: "The file does not exist.",
    cause: "It was not created yet, or path is wrong.",
    fix: "Create it or correct path. The source waits for it.",
  },
  IGC_SOURCE_FILE_MOVED: {
    meaning: "A rotated file was moved again while it was looked for.",
    cause: "The file is rotated at this moment.",
    fix: "Nothing: the files are looked for again.",
  },
  IGC_SOURCE_FILE_NOT_REGULAR: {
    meaning: "The path is not a regular file.",
    cause: "It is a folder, a pipe or a device.",
    fix: "Name a file, or - to read the standard input.",
  },
  IGC_SOURCE_FILE_PATH: {
    meaning: "The path cannot be that of a file.",
    cause: "A part of it is not a folder, or a name is too long.",
    fix: "Correct path.",
  },
  IGC_SOURCE_FILE_UNREADABLE: {
    meaning: "The file cannot be read, permission is denied.",
    cause: "The user of the runtime may not read it.",
    fix: "Give the user the right to read the file and to enter its folder.",
  },
  IGC_STATE_CHECKPOINT_INVALID: {
    meaning: "A checkpoint is not one of this source.",
    cause: "It was set by hand, or comes from another source.",
    fix: "Set a checkpoint that was read from this source, or delete it to begin as start_at says.",
  },
} as const;
