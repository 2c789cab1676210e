import assert from "node:assert/strict";
import { test } from "node:test";
import { Passwords } from "./passwords.ts";

test("a password matches its own hash only, the first time and later", async () => {
  const passwords = new Passwords();
  const [first, second] = await Promise.all([passwords.hash("secret"), passwords.hash("secret")]);
  assert.notEqual(first, second);
  assert.ok(!first.includes("secret"));
  for (let time = 0; time < 2; time++) {
    assert.equal(await passwords.matches("secret", first), true);
    assert.equal(await passwords.matches("secret", second), true);
    assert.equal(await passwords.matches("Secret", first), false);
    assert.equal(await passwords.matches("", first), false);
  }
  assert.equal(await new Passwords().matches("secret", first), true);
});

test("a user that does not exist has no password", async () => {
  assert.equal(await new Passwords().matches("secret", undefined), false);
});
