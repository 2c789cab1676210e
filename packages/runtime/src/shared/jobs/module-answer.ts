/** The answer of the worker that evaluates a configuration module. */
export type ModuleAnswer = { readonly value: unknown } | { readonly problem: string };
