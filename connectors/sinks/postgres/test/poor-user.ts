import type { TestDatabase } from "./setup.ts";

export interface PoorUser extends AsyncDisposable {
  readonly name: string;
  readonly connection_string: string;
}

/** A user who may connect and nothing else. */
export async function poorUser(db: TestDatabase): Promise<PoorUser> {
  const name = `poor_${new URL(db.url).pathname.slice(1)}`;
  await db.rows(`CREATE ROLE "${name}" LOGIN PASSWORD 'poor'`);
  await db.rows(`REVOKE TEMPORARY ON DATABASE "${new URL(db.url).pathname.slice(1)}" FROM PUBLIC`);
  await db.rows("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  const url = new URL(db.url);
  url.username = name;
  url.password = "poor";
  return {
    name,
    connection_string: url.href,
    async [Symbol.asyncDispose]() {
      await db.rows(`DROP OWNED BY "${name}"`);
      await db.rows(`DROP ROLE "${name}"`);
    },
  };
}
