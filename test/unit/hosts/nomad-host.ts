import type { Host } from "../../../src/hosts/host.ts";

/** A host that a Nomad lends, with these options. */
export function hostOfNomad(options: Readonly<Record<string, string | number>>): Host {
  const others = {
    ssh: "",
    slots: 0,
    labels: [],
    worktree_root: "",
    env: {},
    pass_env: [],
    credentials: false,
    fleet: "",
  };
  const nomad = { address: "https://nomad.lab:4646", ...options };
  return { name: "lab", settings: { ...others, slurm: undefined, nomad } };
}
