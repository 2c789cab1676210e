import { type ConnectorError, errorCode, errorMessage, FatalError, RetryableError } from "@iggy-connectors/sdk";

/** Says what a failed file operation means for the connector. */
export function fileError(cause: unknown, path: string): ConnectorError {
  const code = errorCode(cause);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new RetryableError(`${path} cannot be written: no space left`, {
        code: "IGC_SINK_FILE_FULL",
        place: path,
        fix: "free space or raise the quota; the connector goes on by itself",
        cause,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new RetryableError(`${path} cannot be written: permission denied`, {
        code: "IGC_SINK_FILE_PERMISSION",
        place: path,
        fix: "give the user that runs the connector the right to write there; the connector goes on by itself",
        cause,
      });
    case "ENOTDIR":
    case "EEXIST":
    case "EISDIR":
    case "ENAMETOOLONG":
    case "ELOOP":
      return new FatalError(`${path} cannot be written (${code})`, {
        code: "IGC_SINK_FILE_PATH",
        place: path,
        fix: "choose a path whose folders are folders and whose names are short enough",
        cause,
      });
    default:
      return new RetryableError(`${path} cannot be written: ${errorMessage(cause)}`, {
        code: "IGC_SINK_FILE_IO",
        place: path,
        fix: "look at the disk or the file system that holds the folder",
        cause,
      });
  }
}

/** Runs a file operation; what it throws comes out as fileError() says. */
export async function guarded<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw fileError(error, path);
  }
}
