import {
  type ConnectorError,
  DESCRIPTORS_FIX,
  errorCode,
  errorMessage,
  FatalError,
  RetryableError,
} from "@iggy-connectors/sdk";

/** Says what a failed file operation means for the connector. */
export function fileError(cause: unknown, path: string): ConnectorError {
  const code = errorCode(cause);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new RetryableError(`${path} cannot be written: no space left on the device`, {
        code: "IGC_SINK_FILE_FULL",
        place: path,
        fix: "free space or raise the quota; the connector continues by itself",
        cause,
      });
    case "EMFILE":
    case "ENFILE":
      return new RetryableError(`${path} cannot be opened: too many open files (${code})`, {
        code: "IGC_SINK_FILE_DESCRIPTORS",
        place: path,
        fix: DESCRIPTORS_FIX,
        cause,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new RetryableError(`${path} cannot be written: permission denied`, {
        code: "IGC_SINK_FILE_PERMISSION",
        place: path,
        fix: "give the user that runs the connector write permission; the connector continues by itself",
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
        fix: "choose a path that consists of folders, with names that are short enough",
        cause,
      });
    default:
      return new RetryableError(`${path} cannot be written: ${errorMessage(cause)}`, {
        code: "IGC_SINK_FILE_IO",
        place: path,
        fix: "check the disk and the file system of the folder",
        cause,
      });
  }
}

/** Runs a file operation; its errors are classified by fileError(). */
export async function guarded<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw fileError(error, path);
  }
}
