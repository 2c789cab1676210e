import type { IggyClient } from "@iggy-connectors/client";
import { describeError } from "../../../shared/errors.ts";
import { findTopic } from "../../../shared/iggy/find-topic.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../../config/problem.ts";

export interface CheckedTopics {
  readonly findings: readonly ConfigProblem[];
  /** Missing topics that the connector will create, `stream/topic`. */
  readonly creates: readonly string[];
}

interface RequiredTopic {
  readonly stream: string;
  readonly topic: string;
  readonly create: boolean;
  readonly key: string;
}

/** Checks that the topics that a connector reads and writes, and its dead-letter topic, exist or may be created. `made`: `stream/topic` of those that others create. */
export async function checkTopics(
  client: IggyClient,
  spec: TaskSpec,
  made: ReadonlySet<string> = new Set(),
): Promise<CheckedTopics> {
  const findings: ConfigProblem[] = [];
  const creates: string[] = [];
  const { file, deadLetter, onError } = spec;
  const look = async ({ stream, topic, create, key }: RequiredTopic, missing: () => ConfigProblem): Promise<void> => {
    try {
      if ((await findTopic(client, stream, topic)) !== undefined) return;
      if (create) creates.push(`${stream}/${topic}`);
      // Another connector of this configuration creates it when it starts; until then this one waits.
      else if (made.has(`${stream}/${topic}`)) return;
      else findings.push(missing());
    } catch (error) {
      const { code, message } = describeError(error);
      findings.push({
        severity: "error",
        code,
        file,
        key,
        message,
        fix: "give the runtime's user read permission for this topic",
      });
    }
  };
  for (const required of requiredTopics(spec)) {
    await look(required, () => ({
      severity: "error",
      code: "IGC_IGGY_TOPIC_MISSING",
      file,
      key: required.key,
      message: `topic "${required.topic}" of stream "${required.stream}" does not exist, and the connector may not create it`,
      fix: "create it, or set create = true in this streams entry",
    }));
  }
  if (onError === "dead_letter") {
    const { stream, topic, create } = deadLetter;
    await look({ stream, topic, create, key: "dead_letter" }, () => ({
      severity: "warning",
      code: "IGC_IGGY_TOPIC_MISSING",
      file,
      key: "dead_letter",
      message: `the dead-letter topic "${topic}" of stream "${stream}" does not exist and may not be created: a message that fails will block its partition`,
      fix: "create it, or set dead_letter.create = true",
    }));
  }
  return { findings, creates };
}

function requiredTopics({ sinkStreams, sourceStreams }: TaskSpec): RequiredTopic[] {
  return [
    ...sinkStreams.flatMap(({ stream, topics, create }, index) =>
      topics.map((topic) => ({ stream, topic, create, key: `streams[${index}]` })),
    ),
    ...sourceStreams.map(({ stream, topic, create }, index) => ({ stream, topic, create, key: `streams[${index}]` })),
  ];
}
