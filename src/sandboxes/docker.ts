import { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import { findProgram, run } from "../system/exec.ts";
import { containerWords } from "./container.ts";
import { userInContainers } from "./docker-socket.ts";
import { engineOf } from "./engine.ts";
import type { Sandbox, SandboxCheck } from "./sandbox.ts";

const installation = "see https://docs.docker.com/engine/install";
const checkMilliseconds = 20_000;
/** An image with nothing in it: what is seen in a container are the directories of this machine. */
const emptyImage = "ai-fleet/empty:1";
/** The end of a tape archive (tar(5)): one without files. */
const emptyArchive = new Uint8Array(1024);

/** Docker (20.10 and newer), on this machine: a container made of its own programs unless an image is given. */
export const docker: Sandbox = {
  wrapperName: "docker",
  engine: engineOf("docker", []),

  async check(environment): Promise<SandboxCheck> {
    if (process.platform !== "linux") return { works: false, finding: "needs Linux", remedy: undefined };
    const program = findProgram("docker", environment);
    if (program === undefined) return { works: false, finding: "not installed", remedy: installation };
    const why = await importEmptyImage(program, environment);
    if (why === undefined) return { works: true, finding: program, remedy: undefined };
    return { works: false, finding: why, remedy: "start it, and let your user reach it, until docker info works" };
  },

  wrap(view, environment) {
    const program = findProgram("docker", environment);
    if (program === undefined) {
      throw new FleetError("missing-tool", "docker is not installed: there is none on the PATH", {
        hint: `to get it: ${installation}`,
      });
    }
    const user = userInContainers(process.getuid?.() ?? 0, process.getgid?.() ?? 0, environment);
    const engine = {
      program,
      // Nobody types these keys, with which its client would leave a container to itself.
      options: ["--user", user, "--detach-keys", "ctrl-@,ctrl-@,ctrl-@,ctrl-@"],
      empty: [emptyImage],
    };
    return containerWords(view, engine, environment);
  },
};

/** Makes the image unless it is there. Why it could not; `undefined` when it is there. */
async function importEmptyImage(program: string, environment: Environment): Promise<string | undefined> {
  const options = { environment, timeoutMilliseconds: checkMilliseconds };
  const found = await run([program, "image", "inspect", "--format", "{{.Id}}", emptyImage], options);
  if (found.exitCode === 0) return undefined;
  const made = await run([program, "import", "-", emptyImage], { ...options, input: emptyArchive });
  if (made.exitCode === 0) return undefined;
  const [words = ""] = made.stderr.trim().split(/\n|\. /);
  return `it does not answer: ${words || `exit code ${made.exitCode}`}`;
}
