import { runInProcess } from "../task/process-port.ts";
import { runJob } from "./run-job.ts";

runInProcess(runJob);
