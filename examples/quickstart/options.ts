import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const HELP = `npm start -- [options]

Starts an embedded Iggy server and runs three things on it:
  random source          → example_stream/example_topic → stdout sink
  sample data producer   → qw/records → add and delete fields → Quickwit sink (files, where no Quickwit answers)
  --input FILE           → input/lines → files

  --input FILE   follow a file of lines (- for standard input) as a third pipeline
  --once         with --input: end when everything in FILE has been delivered
  --config PATH  run your own configuration against your own Iggy instead; no embedded server, no samples
  --log          every log line on the screen; without it they are in ./local_state/quickstart.log
  --plain        no live table, also on a terminal
  -h, --help

Data is kept in ./local_data, ./local_state and ./local_output: a second start resumes. Remove them to start afresh.`;

export interface QuickStartOptions {
  readonly input: string | undefined;
  readonly once: boolean;
  readonly config: string | undefined;
  readonly log: boolean;
  readonly plain: boolean;
  readonly help: boolean;
}

/** Reads the command line. Relative paths are relative to where the user stood when calling npm. */
export function readOptions(arguments_: readonly string[]): QuickStartOptions | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...arguments_],
      options: {
        input: { type: "string" },
        once: { type: "boolean", default: false },
        config: { type: "string" },
        log: { type: "boolean", default: false },
        plain: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const from = process.env.INIT_CWD ?? process.cwd();
    const place = (path: string | undefined): string | undefined =>
      path === undefined || path === "-" ? path : resolve(from, path);
    if (values.once && values.input === undefined) return { problem: "--once needs --input FILE." };
    if (values.config !== undefined && values.input !== undefined) {
      return { problem: "--config runs your own connectors; --input belongs to the quick start. Give one of them." };
    }
    return {
      input: place(values.input),
      once: values.once || values.input === "-",
      config: place(values.config),
      log: values.log,
      plain: values.plain,
      help: values.help,
    };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
