import { type ConnectorError, errorCode, errorMessage, FatalError, RetryableError } from "@iggy-connectors/sdk";

/** Says what a failed file operation means for the connector. */
export function fileError(error: unknown, path: string): ConnectorError {
  const code = errorCode(error);
  const cause = error;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return new RetryableError(`${path} cannot be read: permission denied`, {
        code: "IGC_SOURCE_FILE_UNREADABLE",
        place: "path",
        fix: "give the user that runs the connector permission to read the file and to enter its folder",
        cause,
      });
    case "EISDIR":
    case "ENOTDIR":
    case "ELOOP":
    case "ENAMETOOLONG":
      return new FatalError(`${path} is not a file of lines (${code})`, {
        code: "IGC_SOURCE_FILE_PATH",
        place: "path",
        fix: "set path to a file",
        cause,
      });
    default:
      return new RetryableError(`${path} cannot be read: ${errorMessage(error)}`, {
        code: "IGC_SOURCE_FILE_IO",
        place: "path",
        fix: "check the disk and the file system of the file",
        cause,
      });
  }
}

export function notARegularFile(path: string, isDirectory: boolean): FatalError {
  return new FatalError(isDirectory ? `${path} is a directory` : `${path} is not a regular file`, {
    code: "IGC_SOURCE_FILE_NOT_REGULAR",
    place: "path",
    fix: isDirectory ? "set path to a file in it" : 'set path to a regular file, or to "-" for standard input',
  });
}

/** Names that were just read are no longer those of the same files. */
export function movedMeanwhile(path: string): RetryableError {
  return new RetryableError(`${path} was moved while it was looked for`, {
    code: "IGC_SOURCE_FILE_MOVED",
    place: "path",
    fix: "none: the files are looked for again",
  });
}

export function fileMissing(path: string): RetryableError {
  return new RetryableError(`${path} does not exist`, {
    code: "IGC_SOURCE_FILE_MISSING",
    place: "path",
    fix: "create the file or correct the path",
  });
}
