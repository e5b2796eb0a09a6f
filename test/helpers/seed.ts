import { configureGlobal } from "fast-check";

/**
 * Loaded before the tests (bunfig.toml). Properties are tried with the same values each time, so that a check fails for what was changed
 * and not by chance; `scripts/check long` looks further, with more values that differ each time. A failure names the seed to try again.
 */
const seed = Number(process.env.FLEET_TEST_SEED ?? 20_251);
const runs = Number(process.env.FLEET_TEST_RUNS ?? 100);

configureGlobal({ seed, numRuns: runs });
process.stderr.write(`properties: seed ${seed}, ${runs} values each; FLEET_TEST_SEED=${seed} tries them again\n`);
