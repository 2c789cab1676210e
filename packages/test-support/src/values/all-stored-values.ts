import { PARQUET_VALUES } from "./parquet-values.ts";
import { POSTGRES_VALUES } from "./postgres-values.ts";
import type { StoredColumn } from "./stored-values.ts";

/** The columns of all targets that have columns. */
export const STORED_VALUES: readonly StoredColumn[] = [...POSTGRES_VALUES, ...PARQUET_VALUES];
