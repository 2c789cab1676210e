import { type FolderLock, FolderLockedError, lockFolder as lock } from "@iggy-connectors/sdk/folder-lock";
import { ServerStartError } from "../../errors.ts";

export type { FolderLock };

const PROCESS_FILE = "server.pid";

/**
 * Keeps a second server out of a data folder.
 * @throws ServerStartError `IGC_SERVER_FOLDER_LOCKED` when another living process, or this one, serves the folder.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    return await lock(folder, PROCESS_FILE);
  } catch (error) {
    if (!(error instanceof FolderLockedError)) throw error;
    throw new ServerStartError(
      "IGC_SERVER_FOLDER_LOCKED",
      `the data folder ${error.folder} is in use by ${error.holder}: stop that server or choose another folder`,
    );
  }
}
