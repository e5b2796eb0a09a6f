import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import { findProgram, run } from "../system/exec.ts";
import { removeTree } from "../system/files.ts";
import { containerWords, type EngineWords, makeMountPoints, trialView } from "./container.ts";
import { engineOf } from "./engine.ts";
import type { Sandbox, SandboxCheck, View } from "./sandbox.ts";

const installation = "apt install podman, dnf install podman or pacman -S podman";
const checkMilliseconds = 20_000;

/**
 * Podman (4 and newer): a container without a daemon, made of this machine's own programs unless an image is given. Containers of a user
 * who is not root have that user's id inside, too.
 */
export const podman: Sandbox = {
  wrapperName: "podman",
  engine: engineOf("podman", ["--time", "0", "--ignore"]),

  async check(environment, how): Promise<SandboxCheck> {
    if (process.platform !== "linux") return { works: false, finding: "needs Linux", remedy: undefined };
    const program = findProgram("podman", environment);
    if (program === undefined) return { works: false, finding: "not installed", remedy: installation };
    if (how?.thorough !== true) return { works: true, finding: program, remedy: undefined };
    return tryPodman(program, environment);
  },

  wrap(view, environment) {
    const program = findProgram("podman", environment);
    if (program === undefined) {
      throw new FleetError("missing-tool", "podman is not installed: there is none on the PATH", {
        hint: `to get it: ${installation}`,
      });
    }
    if (view.container.settings.image === undefined) makeMountPoints(view);
    return containerWords(view, wordsOf(program, view), environment);
  },
};

function wordsOf(program: string, { superuser, container }: View): EngineWords {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return {
    program,
    // Its keys that leave a container to itself are what agents take for others.
    options: ["--no-hosts", "--detach-keys=", "--user", user, ...(superuser ? [] : userOptions)],
    empty: ["--rootfs", join(container.places, "root")],
  };
}

/**
 * For a user who is not root. With the network of the machine such a container sees all cgroups of the machine, where those of its user,
 * its own among them, can be written to: they are shown without that, and by the names that processes know their own by.
 */
const userOptions = [
  ...["--userns", "keep-id", "--cgroupns", "host"],
  ...["--volume", "/sys/fs/cgroup:/sys/fs/cgroup:ro"],
];

/** Runs a program of this machine in a container as agents have it. */
async function tryPodman(program: string, environment: Environment): Promise<SandboxCheck> {
  const place = mkdtempSync(join(tmpdir(), "fleet-podman-"));
  try {
    const view = trialView(place);
    makeMountPoints(view);
    const probe = [...containerWords(view, wordsOf(program, view), environment), "/bin/true"];
    const { exitCode, timedOut, stderr } = await run(probe, { environment, timeoutMilliseconds: checkMilliseconds });
    if (exitCode === 0) return { works: true, finding: program, remedy: undefined };
    const late = `one took longer than ${checkMilliseconds / 1000} s`;
    const words = timedOut ? late : (stderr.trim().split("\n").at(-1) ?? "");
    return {
      works: false,
      finding: `it cannot make containers here: ${words || `exit code ${exitCode}`}`,
      remedy: "set it up until podman run --rm IMAGE true works",
    };
  } finally {
    removeTree(place);
  }
}
