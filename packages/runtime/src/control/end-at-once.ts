/**
 * Ends this process with an exit code, whatever its threads are in. `process.exit` waits for them, and for file operations in
 * progress, and never returns where one of them is inside a system call that does not return, as on a mount that hangs. Another
 * program in this one's place ends all threads: Node.js itself, which exits with the code. A signal would not do: it has no exit
 * code, and the first process of a container ignores it.
 */
export function endAtOnce(code: number): void {
  try {
    process.execve?.(process.execPath, [process.execPath, "--eval", `process.exit(${code})`], {});
  } catch {
    // Not every system has it.
  }
  process.exit(code);
}
