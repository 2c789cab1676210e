/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SOURCE_HTTP_ENDPOINT: {
    meaning: "Two endpoints have one path.",
    cause: "Paths must be unique.",
    fix: "Change one of them.",
  },
  IGC_SOURCE_HTTP_LISTEN: {
    meaning: "The source cannot listen on its address.",
    cause: "The port is in use, or the address is not one of this machine.",
    fix: "Stop what listens there, or choose another listen_addr.",
  },
} as const;
