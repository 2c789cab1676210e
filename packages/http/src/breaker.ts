import { RetryableError } from "@iggy-connectors/sdk";
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import type { BreakerOptions } from "./options.ts";

/** Lets calls through, or fails them at once while the server keeps failing. */
export type Breaker = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** Only retryable failures count: a refused message says nothing about the server's health. */
export function createBreaker(options: BreakerOptions | undefined, server: string): Breaker {
  if (options === undefined) return (call) => call();
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof RetryableError),
    { halfOpenAfter: options.cooldown, breaker: new ConsecutiveBreaker(options.failures) },
  );
  let openUntil = 0;
  policy.onBreak(() => {
    openUntil = performance.now() + options.cooldown;
  });
  return async (call) => {
    try {
      return await policy.execute(call);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new RetryableError(`${server} failed ${options.failures} times in a row: the circuit is open`, {
        code: "IGC_HTTP_CIRCUIT_OPEN",
        fix: "check the errors before this one; requests resume by themselves after the pause",
        retryAfter: Math.max(0, openUntil - performance.now()),
      });
    }
  };
}
