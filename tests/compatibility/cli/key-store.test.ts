import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { IggyCli, judged, skip } from "./iggy-cli.ts";

// login, logout, session status, and tokens by name: the tool keeps them in the system's key store, here one of its
// own.

function missing(): string | false {
  if (skip !== false) return skip;
  for (const tool of ["dbus-run-session", "gnome-keyring-daemon"]) {
    if (spawnSync(tool, ["--version"]).error !== undefined) return `${tool} is not installed`;
  }
  return false;
}

judged(
  "login, a token by name, and logout",
  async () => {
    await using cli = await IggyCli.start();
    const root = "-u iggy -p iggy";
    const script = `printf password | gnome-keyring-daemon --unlock --components=secrets >daemon.env
set -e
iggy() { "$IGGY_CLI" --tcp-server-address "$ADDRESS" "$@"; }
step() { echo "== $*"; iggy "$@"; }
step ${root} login
step me
step session status
step logout
if step me </dev/null; then exit 9; fi
step ${root} pat create --store-token pipeline
step --token-name pipeline me
step ${root} pat delete pipeline
if step --token-name pipeline me </dev/null; then exit 9; fi
step ${root} pat list
`;
    const environment = { IGGY_CLI: process.env.IGGY_CLI ?? "", ADDRESS: cli.address };
    const { code, stdout, stderr } = await cli.shell(`dbus-run-session -- sh -c "$SCRIPT"`, {
      ...environment,
      SCRIPT: script,
    });
    assert.equal(code, 0, `${stdout}${stderr}`);
    const [, login, me, status, logout, , stored, named, deleted, , list] = stdout.split(/^== .*$/m);
    assert.match(login ?? "", /Successfully logged into/);
    assert.match(me ?? "", /User ID +\| 0 /);
    assert.match(status ?? "", /Session Active +\| Yes/);
    assert.match(logout ?? "", /Successfully logged out/);
    assert.doesNotMatch(stored ?? "", /Token:/, "a stored token is not shown");
    assert.match(named ?? "", /User ID +\| 0 /);
    assert.match(deleted ?? "", /deleted/);
    assert.doesNotMatch(list ?? "", /pipeline/);
  },
  missing(),
);
