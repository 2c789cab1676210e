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
  IGC_SERVER_ENVIRONMENT: {
    meaning: "A variable of the environment asks the embedded server for what it cannot do.",
    cause:
      "Encryption at rest, a certificate of its own making or a server without TCP exist in Iggy only, or a value is not valid.",
    fix: "Unset the variable, or run Iggy itself.",
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
  IGC_SERVER_TLS: {
    meaning: "The embedded server cannot serve over TLS.",
    cause: "A certificate or key is missing, cannot be read, is not PEM, or the two do not belong together.",
    fix: "Set IGGY_TCP_TLS_CERT_FILE and IGGY_TCP_TLS_KEY_FILE to a certificate and its private key, in PEM.",
  },
} as const;
