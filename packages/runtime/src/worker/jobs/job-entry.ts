import type { JobCommand, JobEvent, JobRequest } from "../../shared/jobs/job.ts";
import { openChannel } from "../task/thread-channel.ts";
import { runJob } from "./run-job.ts";

const { work, post, onCommand } = openChannel<JobRequest, JobCommand, JobEvent>();
const exit = process.exit.bind(process);

await runJob(work, { post, onCommand });
// Whatever a plugin left open must not keep the thread alive.
exit(0);
