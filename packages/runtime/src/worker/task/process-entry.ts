import { runInProcess } from "./process-port.ts";
import { runTask } from "./runner.ts";

runInProcess(runTask);
