import { type Line, plain } from "./text.ts";

export const hostParagraphs: readonly string[] = [
  "A host is a machine that you reach with ssh and that has git, tmux and the agents. fleet hosts add NAME me@machine puts fleet there, into " +
    "~/.ai_fleet/bin, and nothing else; it asks before it replaces another one. slots, labels, env and more are for [hosts.NAME] in " +
    "config.toml. fleet hosts check says what each host still bears, and what is missing there.",
  "fleet create fix --host NAME, fleet ticket 42 --host NAME and fleet fanout 50 --host any make agents there: the commit goes over as git objects into a mirror " +
    "in ~/.ai_fleet/mirrors, once. fleet list has them all in one table. prompt, answer, interrupt, logs, wait, attach, exec, stop, resume " +
    "and kill take their branches, NAME:BRANCH and NAME:PATTERN. The screen, the page and fleet attach alone have them, too, as their hosts " +
    "said some seconds ago; the page shows their terminals live and types into them, over one connection for as long as somebody looks. diff, compare, merge and pr fetch their work first, fleet fetch does so by itself.",
  "test, compare --test, pick and fanout --pick run the test in the worktree there, with what that machine has, and keep its result and its " +
    "words here. pick merges the winner here and ends the others where they are; a winner that cannot be fetched as it is now is not taken. " +
    "compare --score runs in the worktree there, too. test_junit looks at worktrees of this machine alone: of an agent on a host a report has one case for the whole run. --commit of --wait commits there, --push pushes from here, and --rm " +
    "ends an agent when all it has is here.",
  "budget_per_batch and budget_per_day count what is used on their machine: those of a host hold for the agents there, whoever made them. --budget " +
    "goes along, and fleet cost adds up all machines.",
  "An agent there has the environment of your login shell on that host, [hosts.NAME] env, and the variables that pass_env names: no " +
    "others of yours go there, and credential files only with credentials = true. Others who use the host have mirrors in homes of " +
    "their own; two fleets of one home there see their own agents alone.",
  "fleet move takes an agent to a host, from one host to another, and back; one in a sandbox stays where it is. Credential files " +
    "go along where credentials = true; other ignored files do not. An agent with a repository of its own in " +
    "its worktree, as a submodule that is checked out, or with ignored files that keep_ignored names, stays, and says which. What the repository brings in .ai_fleet.toml, " +
    "setup commands among it, holds there as you have accepted it here; config.toml there comes first for what is in its [repo] tables.",
  "Files of Git LFS that are here go to a host, each once, and those that agents there make come with fetch, merge and kill. Where a host " +
    "has no git-lfs, or a file is not here either, an agent there sees a pointer, and you are told. Submodules are empty there, as in every new worktree: " +
    "fleet exec BRANCH -- git submodule update --init gets one from its own address, with what that host may read; an address that is " +
    "relative leads nowhere there, and commits in a submodule are for the agent to push.",
  "There is one ssh connection for each command and host, pick and compare with tests included, and nothing of it stays. Your ssh configuration holds. Host keys that ssh does " +
    "not know are not accepted, nobody is asked for a password, and your ssh agent is not forwarded.",
  'A host may be the login node of a cluster: slurm = { partition = "gpu", time = "4:00:00", cpus = 4 } in [hosts.NAME] holds options of sbatch. ' +
    "fleet create --host NAME then waits for a job, saying its place in the queue, and its agents run in there; the next ones share it. It is " +
    "given back ten minutes after its last agent, or by fleet hosts remove NAME. When its time is over its agents are stopped, a minute before " +
    "Slurm would end them; their files stay in your home there, and fleet resume takes them up while another job runs.",
  'Experimental, nobody has run it with a real Nomad yet: nomad = { address = "https://nomad.lab:4646", token_command = "pass nomad", image = "registry.lab/agents", ' +
    'cores = 4, memory = "16G" } in [hosts.NAME], in place of ssh, has a Nomad lend the machine: one allocation of a parametrised batch job, in which ' +
    "everything goes by the exec endpoint. fleet hosts add NAME or create --host NAME asks for it and says why it is queued, and fleet hosts " +
    "remove NAME gives it back. The task needs sh, git, tmux and the agents. Its home ends with the allocation, so fleet fetch what is there, unless volume names " +
    "a host volume for it; home says where. Without image the driver is exec; NOMAD_TOKEN holds where NOMAD_ADDR is that address.",
  "When something goes wrong, the agents go on. Nothing is concluded from silence, and nothing is undone because of it:",
];

/** What goes wrong, and what comes of it. */
export const hostLines: readonly Line[] = [
  [plain("a host is silent"), plain("5 s; list shows its agents as unreachable since then, and the others as ever")],
  [
    plain("the link breaks"),
    plain("what was asked for goes on there, is done once, and the next fleet list tells what came of it"),
  ],
  [plain("a fan-out loses a host"), plain("its agents are named, the others go on; --continue makes up for them")],
  [plain("a race loses a host"), plain("its agents are out of the race, kept and named; the others go on")],
  [
    plain("a move breaks off"),
    plain(
      "what did not get there goes on where it was; when nobody can tell, it stays stopped, and the same command finds out and finishes it",
    ),
  ],
  [
    plain("the disk of a host is full"),
    plain("it says so in its own words, what it cannot note it does not begin, stop works, and agents are kept"),
  ],
  [
    plain("it is nearly full"),
    plain("under 5 % and 10 GB free: --host any leaves it out, saying so; one that is named alone is only warned of"),
  ],
  [plain("the key is unknown"), plain("refused, with the ssh line that shows the key; likewise one that has changed")],
  [
    plain("hosts add breaks off"),
    plain("run it again: it goes on where it ended; what arrived damaged is brought once more"),
  ],
  [
    plain("another architecture"),
    plain(
      'the program for it is taken from the release of this version, checked and kept; offline, fleet = "PATH" in [hosts.NAME] names one',
    ),
  ],
  [plain("another major version"), plain("refused, with the line that brings both to one")],
  [
    plain("a job of Slurm ends"),
    plain("its agents are stopped, and nothing of it is left there; list, diff and kill go on"),
  ],
  [
    plain("an allocation of Nomad ends"),
    plain(
      "its agents are unreachable; with a volume the next one has them, else what was fetched is what fleet restore brings back",
    ),
  ],
  [
    plain("two laptops, one host"),
    plain(
      "each sees its own agents; a name that is taken is refused before anything is made; in one home there they share who commits, as " +
        "the first one said, and what the repository may bring, as it was accepted last",
    ),
  ],
  [
    plain("a clock is wrong there"),
    plain("ages are told by the clock here, hosts check says it, and nothing counts as abandoned by a clock alone"),
  ],
  [plain("Ctrl-C"), plain("the host is asked to stop what has not begun; the connection ends with the command")],
  [
    plain("merge, and the host is silent"),
    plain(
      "what was fetched last is merged, with its time, and the next merge brings the rest; with nothing in it to merge it fails; pick takes nothing",
    ),
  ],
  [plain("a host starts anew"), plain("its agents are stopped with all they had; fleet resume brings them back")],
  [plain("kill, and the host is silent"), plain("the agent is kept, and said so: its work could not be fetched")],
];
