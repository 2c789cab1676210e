/**
 * The interface of a plugin's `config`: Standard Schema (validation, types) and Standard JSON Schema (documentation, editors).
 * zod ≥ 4.2 implements both. See https://standardschema.dev.
 */
export interface ConfigSchema<Input = unknown, Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" }) => Record<string, unknown>;
      readonly output: (options: { readonly target: "draft-2020-12" | "draft-07" }) => Record<string, unknown>;
    };
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type that a plugin's `create` receives. */
export type InferConfig<Schema extends ConfigSchema> =
  NonNullable<Schema["~standard"]["types"]> extends {
    readonly output: infer Output;
  }
    ? Output
    : never;
