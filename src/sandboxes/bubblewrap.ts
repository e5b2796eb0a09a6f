import { lstatSync, readlinkSync } from "node:fs";
import { FleetError } from "../errors.ts";
import { findProgram, run } from "../system/exec.ts";
import { exists, realPath } from "../system/files.ts";
import { outletWords, relayWords } from "./outlet.ts";
import type { Mount, Sandbox, SandboxCheck, View } from "./sandbox.ts";
import { secretDirectories, secretFiles, systemDirectories } from "./system-view.ts";

const installation = "apt install bubblewrap, dnf install bubblewrap or pacman -S bubblewrap";
const checkMilliseconds = 5000;

/**
 * bubblewrap (`bwrap`, 0.4 and newer): namespaces of Linux without a daemon or root. Inside there is nothing but what is mounted, no
 * process but the agent's, and no capability; all of it ends with its first process.
 */
export const bubblewrap: Sandbox = {
  wrapperName: "bwrap",

  async check(environment): Promise<SandboxCheck> {
    if (process.platform !== "linux") {
      return { works: false, finding: "needs Linux", remedy: undefined };
    }
    const program = findProgram("bwrap", environment);
    if (program === undefined) return { works: false, finding: "not installed", remedy: installation };
    const probe = [program, ...namespaces, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "/bin/true"];
    const { exitCode, stderr } = await run(probe, { environment, timeoutMilliseconds: checkMilliseconds });
    if (exitCode === 0) return { works: true, finding: program, remedy: undefined };
    const words = stderr.trim().split("\n")[0] ?? "";
    return {
      works: false,
      finding: `it cannot make namespaces here: ${words || `exit code ${exitCode}`}`,
      remedy: "let users make namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor), or leave this container",
    };
  },

  wrap(view, environment) {
    const program = findProgram("bwrap", environment);
    if (program === undefined) {
      throw new FleetError("missing-tool", "bubblewrap is not installed: there is no bwrap on the PATH", {
        hint: `to get it: ${installation}`,
      });
    }
    return [
      ...outletWords(view),
      ...ignoringKeys,
      program,
      ...namespaces,
      ...(view.network !== "full" ? ["--unshare-net"] : []),
      ...system(view),
      ...view.mounts.flatMap(mountWords),
      // What is written beside all that would be gone with the sandbox, and the agent none the wiser.
      "--remount-ro",
      "/",
      "--chdir",
      view.worktree,
      "--",
      ...heedingKeys,
      ...relayWords(view),
    ];
  },
};

/**
 * On the terminal of an agent its sandbox is asked to end by the same keys as the agent, and would take along one that only breaks off its
 * turn. So it is started without heeding them, and what runs inside heeds them again, where `env` can do that (coreutils 8.31 and newer).
 */
const ignoringKeys = [
  ...["/bin/sh", "-c"],
  "if /usr/bin/env --default-signal=INT,QUIT /bin/true 2>/dev/null; then " +
    "trap '' INT QUIT; export ai_fleet_keys=--default-signal=INT,QUIT; fi; " +
    'exec "$@"',
  "fleet-keys",
];
const heedingKeys = [
  ...["/bin/sh", "-c"],
  'exec /usr/bin/env -u ai_fleet_keys $ai_fleet_keys /bin/sh -c \'exec "$@"\' fleet-keys "$@"',
  "fleet-keys",
];

/**
 * Process ids of its own, no shared memory, nothing left when the launcher or its first process ends; and no capability, which root keeps
 * unless it is said.
 */
const namespaces = [
  ...["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
  ...["--cap-drop", "ALL"],
];

function system({ superuser }: View): string[] {
  return [
    ...systemDirectories.filter(exists).flatMap(systemDirectory),
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var/tmp"],
    ...["--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu"],
    ...resolver(),
    // Without a capability root may still write what root owns: the settings of the kernel.
    ...(superuser ? ["--ro-bind", "/proc/sys", "/proc/sys"] : []),
    ...(superuser ? secretDirectories.filter(exists).flatMap((path) => ["--tmpfs", path]) : []),
    ...(superuser ? secretFiles.filter(exists).flatMap((path) => ["--ro-bind", "/dev/null", path]) : []),
  ];
}

/** On most systems `/bin` is a link into `/usr`. */
function systemDirectory(path: string): string[] {
  return lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
}

/** `/etc/resolv.conf` is often a link into `/run`, of which nothing else is to be seen. */
function resolver(): string[] {
  const path = realPath("/etc/resolv.conf");
  return path === undefined || path.startsWith("/etc/") ? [] : ["--ro-bind-try", path, path];
}

function mountWords({ path, from = path, writable, optional }: Mount): string[] {
  const option = `--${writable === true ? "bind" : "ro-bind"}${optional === true ? "-try" : ""}`;
  return [option, from, path];
}
