import { hostProcess } from "./process-host.ts";
import { runTask } from "./runner.ts";

hostProcess(runTask);
