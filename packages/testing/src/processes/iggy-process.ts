import { fileURLToPath } from "node:url";
import { Killable } from "./killable.ts";
import { moduleFile } from "./module-file.ts";

/** The embedded server in a process of its own, which a test may kill and start again on the same data and port. */
export class IggyProcess extends Killable {
  static async start(path: string, address = "127.0.0.1:0"): Promise<{ process: IggyProcess; address: string }> {
    const started = new IggyProcess(fileURLToPath(moduleFile(import.meta.url, "./iggy-main")), {
      arguments: [address, path],
    });
    const ready = await started.ready<{ address: string }>();
    return { process: started, address: ready.address };
  }
}
