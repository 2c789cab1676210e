/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SERVER_ADDRESS: {
    meaning: "The address to listen on is not valid.",
    cause: "It is not of the form host:port.",
    fix: "Write host:port, such as 127.0.0.1:8090.",
  },
  IGC_SERVER_CATALOG_DAMAGED: {
    meaning: "The list of streams, topics and users cannot be read.",
    cause: "The file was changed by hand, or the disk lost data.",
    fix: "Restore the file from a backup, or start with another data folder.",
  },
  IGC_SERVER_CREDENTIALS: {
    meaning: "The name or password of the root user is not valid.",
    cause: "It is too short or too long for clients to log in with.",
    fix: "Use a name of 3 to 50 bytes and a password of 3 to 100 bytes.",
  },
  IGC_SERVER_FOLDER_LOCKED: {
    meaning: "The data folder is in use.",
    cause: "Another embedded server runs on it.",
    fix: "Stop that server, or choose another folder with --path.",
  },
  IGC_SERVER_LISTEN: {
    meaning: "The embedded server cannot listen on its address.",
    cause: "The address is not one of this machine, or the port needs rights that the user does not have.",
    fix: "Choose another address with --address.",
  },
} as const;
