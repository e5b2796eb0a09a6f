import { FleetError } from "../../errors.ts";
import {
  acceptBrought,
  type Brought,
  ConsentRequired,
  examineBrought,
  forgetBrought,
  letHooksRun,
} from "../../fleet/consent.ts";
import { currentRepository, type Fleet } from "../../fleet/fleet.ts";
import { ask, canAsk } from "../../output/question.ts";
import type { Application } from "../application.ts";
import { showBrought } from "../consent.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config trust",
  args: {
    hash: { type: "string", valueHint: "SHA256", description: "accept without being asked, if this is its hash" },
    hooks: { type: "boolean", description: "let claude run the hooks that it brings" },
    revoke: { type: "boolean", excludes: ["hash"], description: "forget what was accepted" },
  },
  details: [
    "A repository may bring settings for its agents in .ai_fleet.toml. Nothing of it takes effect until you have accepted exactly what " +
      "is in it: commands that make agents ask, or this one does. When it changes you are asked again, and shown what has changed.",
    "Hooks of Claude Code that it brings in .claude/ stay off in agents until you trust it in claude yourself, or say --hooks.",
    "It is remembered per repository, and applies to the file in the main checkout: what an agent does to its own copy has no effect.",
  ],
  examples: [
    { command: "fleet config trust", explanation: "look at what a repository brings, and accept it" },
    {
      command: 'fleet config trust --hash "$ACCEPTED_SHA256"',
      explanation: "in CI, where nobody can be asked: this content and no other",
    },
  ],
  async run({ hash, hooks, revoke }, { application }) {
    const wanted = wantedHash(hash);
    const fleet = await application.openFleet();
    const { root } = await currentRepository(fleet);
    if (hooks === true) {
      letHooksRun(fleet, root, revoke !== true);
      report(
        application,
        { root, hooks: revoke !== true },
        `its hooks ${revoke === true ? "stay off" : "run"} in agents`,
      );
      return 0;
    }
    if (revoke === true) {
      const forgotten = forgetBrought(fleet, root);
      report(application, { root, accepted: false }, forgotten ? "forgotten" : "nothing had been accepted");
      return 0;
    }
    const brought = await examineBrought(fleet, root);
    if (brought === undefined) {
      throw new FleetError("failed", `${root} brings no settings: there is no .ai_fleet.toml`, {
        hint: "to give it settings of your own, run fleet config edit",
      });
    }
    await requireConsent(application, fleet, brought, wanted);
    acceptBrought(fleet, brought);
    report(application, { root, file: brought.file.path, sha256: brought.file.hash, accepted: true }, "accepted");
    return 0;
  },
});

function wantedHash(hash: string | undefined): string | undefined {
  const refuse = (message: string) => new FleetError("usage", message, { hint: "see fleet config trust --help" });
  if (hash !== undefined && !/^[0-9a-f]{64}$/i.test(hash)) {
    throw refuse(`--hash takes 64 hexadecimal digits, not ${JSON.stringify(hash)}`);
  }
  return hash?.toLowerCase();
}

/** Returns when the user accepts what is there: by its hash, or asked on a terminal; what they have accepted is not asked about again. */
async function requireConsent(
  application: Application,
  fleet: Fleet,
  brought: Brought,
  wanted: string | undefined,
): Promise<void> {
  const { file, accepted } = brought;
  if (wanted === file.hash) return;
  if (wanted !== undefined) {
    throw new FleetError(
      "config",
      `${file.path} has the SHA-256 ${file.hash}, so it is not what you wanted to accept`,
      {
        hint: "to see what is in it, run fleet config trust on a terminal",
      },
    );
  }
  if (accepted) return;
  if (application.json || !canAsk()) throw new ConsentRequired(fleet, brought);
  await showBrought(application, fleet, brought);
  const agreed = await ask("Accept these settings? [y/N] ", application.cancelled);
  if (!agreed)
    throw new FleetError("failed", "nothing was accepted", { hint: "to be asked again, run fleet config trust" });
}

function report(application: Application, answer: Readonly<Record<string, unknown>>, words: string): void {
  if (application.json) application.answerJson(answer);
  else application.narration.note(`${answer.file ?? answer.root}: ${words}`);
}
