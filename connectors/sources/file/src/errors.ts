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
        fix: "give the user that runs the connector the right to read the file and to enter its folder",
        cause,
      });
    case "EISDIR":
    case "ENOTDIR":
    case "ELOOP":
    case "ENAMETOOLONG":
      return new FatalError(`${path} cannot be a file of lines (${code})`, {
        code: "IGC_SOURCE_FILE_PATH",
        place: "path",
        fix: "name a file",
        cause,
      });
    default:
      return new RetryableError(`${path} cannot be read: ${errorMessage(error)}`, {
        code: "IGC_SOURCE_FILE_IO",
        place: "path",
        fix: "look at the disk or the file system that holds the file",
        cause,
      });
  }
}

export function notARegularFile(path: string, isDirectory: boolean): FatalError {
  return new FatalError(isDirectory ? `${path} is a directory` : `${path} is not a regular file`, {
    code: "IGC_SOURCE_FILE_NOT_REGULAR",
    place: "path",
    fix: isDirectory ? "name a file in it" : 'name a regular file, or "-" to read the standard input',
  });
}

export function fileMissing(path: string): RetryableError {
  return new RetryableError(`${path} does not exist`, {
    code: "IGC_SOURCE_FILE_MISSING",
    place: "path",
    fix: "create the file or correct the path",
  });
}
