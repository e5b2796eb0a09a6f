/**
 * The engines for containers that a run of the tests has: `scripts/sandboxes` sets them up, which takes root. An ordinary run has none.
 */
export const engines = (["podman", "docker"] as const).filter((name) =>
  (process.env.FLEET_TEST_ENGINES ?? "").split(" ").includes(name),
);

/** Where programs find them. */
export const engineVariables: Readonly<Record<string, string>> = Object.fromEntries(
  ["CONTAINERS_CONF", "DOCKER_HOST"].flatMap((name) => {
    const value = process.env[name];
    return engines.length === 0 || value === undefined ? [] : [[name, value]];
  }),
);
