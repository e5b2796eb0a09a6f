/** Something that goes wrong, as its user meets it. */
export interface Trouble {
  readonly happened: string;
  readonly seen: string;
  readonly remedy: string;
}

/**
 * What `fleet help trouble`, the manual page and REFERENCE.md say of faults: a row for each, and nothing else to edit. A row is
 * written as in Markdown, with backticks around what is typed or printed. Then run `scripts/bun run docs`.
 */
export const troubles: readonly Trouble[] = [
  {
    happened: "git, tmux or the agent is not installed",
    seen: "`✗ tmux is not installed`; nothing was made",
    remedy: "`fleet doctor`",
  },
  {
    happened: "git is older than 2.31",
    seen: "`✗ this git is too old`; nothing was made",
    remedy: "update it; `fleet doctor`",
  },
  {
    happened: "tmux is older than 3.2",
    seen: "`✗ tmux exited with 1` and its words",
    remedy: "update it; `fleet doctor`",
  },
  {
    happened: "a setup command failed",
    seen: "`failed`, with the command and its exit code",
    remedy: 'mend it, `fleet resume fix -p "..."`',
  },
  {
    happened: "the agent ended or crashed",
    seen: "`exited`, `code 3`; its last screen is kept",
    remedy: "`fleet logs fix`, `fleet resume fix`",
  },
  {
    happened: "the machine or the tmux server was restarted",
    seen: "`stopped`, `its tmux session is gone`",
    remedy: "`fleet resume --all`",
  },
  {
    happened: "the session is gone, but the agent lives",
    seen: "`error`, `its tmux session is gone, but it still runs`",
    remedy: "`fleet stop fix`, `fleet resume fix`",
  },
  {
    happened: "the socket of the tmux server was deleted",
    seen: "`error`, `it runs, but the socket of its tmux server was deleted`",
    remedy: "the `kill -USR1` that stands there",
  },
  {
    happened: "a tmux server hangs",
    seen: "`tmux did not answer within 5 s`; agents of other servers go on",
    remedy: "end it; `fleet list`",
  },
  {
    happened: "you opened a pane or window beside an agent, and it ended",
    seen: "`! ai_fix: a pane that was opened beside the agent stays, in the tmux session ai_fix-left3`",
    remedy: "close it, or the `kill-session` that stands there",
  },
  {
    happened: "a merge moved a submodule to a commit that was never pushed",
    seen: "`! fix: sub is at 1a2b3c4 now, a commit that only its worktree has`",
    remedy: "the `git fetch` or `git push` that stands there",
  },
  {
    happened: "the disk that everything is kept on is read-only or nearly full",
    seen: "`read-only file system`; looking works, nothing else is begun",
    remedy: "`fleet doctor`, `fleet prune`",
  },
  {
    happened: "another session has taken the agent's name",
    seen: "`✗ there is a tmux session called ai_fix that is not of this agent`",
    remedy: "rename it, `fleet resume fix`",
  },
  {
    happened: "`fleet` itself was killed",
    seen: "the next command says `its creation was interrupted`, and what became of it",
    remedy: "nothing",
  },
  {
    happened: "an agent was killed too early",
    seen: "`Undo: fleet restore fix`",
    remedy: "that, or `fleet restore --last`",
  },
  {
    happened: "its branch has moved or is in use since",
    seen: "`✗ the branch fix has moved since the agent was killed`",
    remedy: "`fleet restore fix --as NAME`",
  },
  {
    happened: "an agent does not end when asked to",
    seen: "it is killed after 3 s, with all it has started",
    remedy: "nothing",
  },
  {
    happened: "its worktree was moved",
    seen: "`kept`, `its worktree was moved to ...`",
    remedy: "`fleet list --repair`",
  },
  { happened: "its worktree was deleted by hand", seen: "`✗ the worktree of fix is gone`", remedy: "`fleet kill fix`" },
  {
    happened: "its worktree was replaced by a link or another directory",
    seen: "`✗ ... is not a worktree of git any more`; nothing runs in it, nothing is removed",
    remedy: "put the worktree back, or remove what is there; `fleet kill fix`",
  },
  {
    happened: "`git init` was run in its worktree without its `.git` file",
    seen: "`✗ ... has a repository of its own in place of its link to ...`; nothing is removed",
    remedy: "the line that is named: it puts that repository aside and connects the worktree again",
  },
  {
    happened: "its worktree is locked",
    seen: "`kept`, `worktree is locked` and why",
    remedy: "`git worktree unlock PATH`, `fleet kill fix`",
  },
  {
    happened: "a directory in its worktree belongs to another user",
    seen: "`kept`, and which one",
    remedy: "the `chown` that stands there, `fleet kill fix`",
  },
  {
    happened: "it has more unsaved work than `save_limit`",
    seen: "how much is only in its worktree, which lives on",
    remedy: "`fleet restore fix`, or `fleet prune --trash`",
  },
  {
    happened: "it left worktrees, branches, stashes, settings or hooks in the repository",
    seen: "`made in ... while it lived, and left alone`",
    remedy: "`fleet restore fix`, `fleet kill fix --with-children`",
  },
  {
    happened: "a branch, tag or stash of yours was deleted while it lived",
    seen: "by `kill`: `deleted in ... while it lived, and held by nothing else`",
    remedy: "the line that stands there brings it back; the next `git gc` may forget it",
  },
  {
    happened: "the index of its worktree is locked",
    seen: "`kill --commit` keeps it: `git add failed: ... index.lock`; a plain `kill` is not in its way",
    remedy: "wait for that git, or remove the file",
  },
  { happened: "the index of the main checkout is locked", seen: "nothing: no agent needs it", remedy: "nothing" },
  {
    happened: "its branch was checked out elsewhere",
    seen: "`kill` keeps the branch; `create`: `✗ the branch fix is checked out in ...`",
    remedy: "`git -C THERE switch --detach`",
  },
  {
    happened: "the repository was moved",
    seen: "`kept`, `its repository is gone`",
    remedy: "in its new place: `git worktree repair`, `fleet list --repair`",
  },
  {
    happened: "the repository was deleted",
    seen: "`kept`, `its repository is gone`; its worktree stays",
    remedy: "when you need nothing of it: `rm -r` the worktree, `fleet kill -A fix`",
  },
  {
    happened: "the repository is not yours",
    seen: "`✗ git rev-parse failed`, `dubious ownership`",
    remedy: "what git says there",
  },
  {
    happened: "a lock of git is in the way of a new branch",
    seen: "`✗ git worktree failed` and git's words; nothing was made",
    remedy: "remove what git names",
  },
  {
    happened: "a `post-checkout` hook fails or hangs",
    seen: "a warning; after 2 minutes it is ended and the agent starts all the same",
    remedy: "nothing, or Ctrl-C: nothing is left",
  },
  {
    happened: "a filter of the repository fails or hangs at a kill",
    seen: "`kept`, `git status failed` or, after 5 minutes, `took too long`",
    remedy: "mend it, `fleet kill fix`",
  },
  {
    happened: "the disk is full while an agent is made",
    seen: "`✗ git reset failed`, or `✗ ... cannot be written`; nothing is left",
    remedy: "make room; `df -h`",
  },
  {
    happened: "the disk is full while a kill saves work",
    seen: "`kept`; nothing was taken away",
    remedy: "make room; `fleet kill fix`",
  },
  {
    happened: "the disk is full when an agent is stopped",
    seen: "it is stopped; `! the last screen of fix is not kept`",
    remedy: "nothing",
  },
  {
    happened: "the disk is full when the registry is written",
    seen: "`✗ .../state.json cannot be written`; it is as it was",
    remedy: "make room; the next command completes what was done",
  },
  {
    happened: "`AI_FLEET_HOME` cannot be written to",
    seen: "`✗ cannot write ...`; nothing was made",
    remedy: "`export AI_FLEET_HOME=DIRECTORY`",
  },
  {
    happened: "`state.json` was deleted or damaged",
    seen: "the same agents; a damaged file is set aside, not lost",
    remedy: "`fleet list --repair`",
  },
  {
    happened: "`state.json` is of a newer `fleet`",
    seen: "`✗ ... was written by a newer fleet`; it stays as it is",
    remedy: "use that one",
  },
  {
    happened: "another command holds the registry",
    seen: "after 1 s: `waiting for another fleet command (process 4711)`; one that died is not waited for",
    remedy: "wait, or Ctrl-C",
  },
  { happened: "the clock was set back", seen: "nothing: no command waits for a time that has been", remedy: "nothing" },
  {
    happened: "git or tmux fails when asked",
    seen: "`✗ tmux exited with 1`; nothing is repaired, nothing removed",
    remedy: "`fleet doctor`",
  },
  {
    happened: "a tmux server does not answer",
    seen: "`unknown`, `tmux did not answer within 5 s`; agents of other servers are shown",
    remedy: "`fleet doctor`",
  },
  {
    happened: "tmux is told to end when nobody is attached",
    seen: "`! tmux ends all agents as soon as nobody is attached (exit-unattached is on)`",
    remedy: "`tmux set -s exit-unattached off`",
  },
  {
    happened: "the terminal is of a type that tmux does not know",
    seen: "`tmux could not show fix on a terminal with TERM=xterm-new`",
    remedy: "`TERM=screen fleet attach fix`",
  },
  {
    happened: "a daemon of the agent cannot be told from yours",
    seen: "`! fix: postgres (4711) still works in its worktree`; it lives on",
    remedy: "`kill 4711`",
  },
  {
    happened: "there is a typo in the configuration",
    seen: "commands that only look leave it out and say so; others: `✗ ...config.toml:4: unknown key`",
    remedy: "`fleet config edit`",
  },
  {
    happened: "what was interrupted cannot be settled now, or another machine is at it",
    seen: "`! the interrupted create of fix in ... waits`; `fleet doctor` lists it",
    remedy: "nothing, or `fleet list --repair --abandon NAME`",
  },
];
