/** What the worker that evaluates a configuration module answers. */
export type ModuleAnswer = { readonly value: unknown } | { readonly problem: string };
