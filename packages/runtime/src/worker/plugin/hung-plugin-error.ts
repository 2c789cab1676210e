import { ConnectorError } from "@iggy-connectors/sdk";

/** A plugin that ignores its abort signal: nothing in this thread can end it, so its worker must be replaced. */
export class HungPluginError extends ConnectorError {
  override readonly name = "HungPluginError";
  constructor(what: string, waited: number) {
    super(`${what} ignored its abort signal for ${Math.round(waited / 1000)} s`, {
      code: "IGC_PLUGIN_HUNG",
      fix: "the worker is replaced; make the plugin end its call when context.signal is aborted",
    });
  }
}
