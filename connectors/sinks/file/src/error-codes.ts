/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_FILE_DESCRIPTORS: {
    meaning: "A file cannot be opened, too many are open.",
    cause: "The sink keeps a file open for each partition, and the limit of the process or of the system is reached.",
    fix: "Raise the limit of open files (ulimit -n, LimitNOFILE of systemd). The connector goes on by itself.",
  },
  IGC_SINK_FILE_FOLDER_SHARED: {
    meaning: "Two topics would write to one folder.",
    cause: "path has no placeholder that keeps them apart.",
    fix: "Use {stream} and {topic} in path.",
  },
  IGC_SINK_FILE_FORMAT: {
    meaning: "The format needs another schema.",
    cause: 'format = "json_lines" works with json streams only.',
    fix: 'Set format = "raw", or the schema of the stream to json.',
  },
  IGC_SINK_FILE_FULL: {
    meaning: "A file cannot be written, no space is left.",
    cause: "The disk is full, or a quota is reached.",
    fix: "Free space or raise the quota. The connector goes on by itself.",
  },
  IGC_SINK_FILE_IO: {
    meaning: "A file cannot be written.",
    cause: "The disk or the file system reports an error.",
    fix: "Look at the disk or the file system that holds the folder. The write is repeated.",
  },
  IGC_SINK_FILE_LEDGER: {
    meaning: "The record of offsets beside the files is damaged.",
    cause: "It was changed by hand, or the disk lost data.",
    fix: "Restore it, or move the folder away: messages are then written again from the offset that is stored in Iggy.",
  },
  IGC_SINK_FILE_ORDER: {
    meaning: "Two batches of a partition came at once.",
    cause: "max_in_flight is larger than 1, and the sink writes one batch after the other.",
    fix: "Set max_in_flight = 1.",
  },
  IGC_SINK_FILE_MOVED: {
    meaning: "The record of a partition's folder is not the one that was written last.",
    cause: "The folder was restored from a backup or removed, or another runtime with this connector writes into it.",
    fix: "None after a restore: the messages behind the record are written again. Otherwise stop the other runtime.",
  },
  IGC_SINK_FILE_PATH: {
    meaning: "A file cannot have this path.",
    cause: "A part of the path is not a folder, or a name is too long.",
    fix: "Choose another path.",
  },
  IGC_SINK_FILE_PERMISSION: {
    meaning: "A file cannot be written, permission is denied.",
    cause: "The user of the runtime may not write to the folder.",
    fix: "Give the user the right to write. The connector goes on by itself.",
  },
  IGC_SINK_FILE_SYNC: {
    meaning: "A file could not be made durable.",
    cause: "The disk reports an error for fsync.",
    fix: "Check the disk, then restart the connector: it goes on after the last durable message.",
  },
} as const;
