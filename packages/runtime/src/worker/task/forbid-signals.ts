import { ConnectorError } from "@iggy-connectors/sdk";

/**
 * A signal reaches a process as a whole, with every other connector: `process.kill` refuses those to `processes` and to their
 * group. It is a protection against a mistake; code that means harm is contained by a user and a machine of its own.
 */
export function forbidSignals(processes: readonly number[]): void {
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => {
    const target = Math.abs(Number(pid));
    if (signal !== 0 && (target === 0 || processes.includes(target))) {
      throw new ConnectorError("a plugin must not send signals to the runtime", {
        code: "IGC_PLUGIN_SIGNAL",
        fix: "throw FatalError to end the connector",
      });
    }
    return kill(pid, signal);
  };
}
