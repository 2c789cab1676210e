import { hostProcess } from "../task/process-host.ts";
import { runJob } from "./run-job.ts";

hostProcess(runJob);
