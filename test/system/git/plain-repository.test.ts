import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainRepository } from "../../../src/system/git/plain-repository.ts";
import { askForRepository, type Repository } from "../../../src/system/git/repository.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";

interface Made {
  readonly box: Sandbox;
  readonly path: string;
  readonly git: (...args: string[]) => Promise<string>;
}

/** Repositories whose files say all that git would say, and where somebody is in them. */
const plain: Readonly<Record<string, (made: Made) => Promise<string>>> = {
  "its checkout": async ({ path }) => path,
  "a folder of its checkout": async ({ path }) => `${path}/a/b`,
  "a link to it": async ({ box, path }) => linkTo(box, path),
  "a repository without a commit": async ({ box }) => {
    await box.run(["git", "init", "--quiet", "fresh"]).expect();
    return `${box.home}/fresh`;
  },
  "a detached head": async ({ path, git }) => done(git("switch", "--quiet", "--detach"), path),
  "packed branches": async ({ path, git }) => done(git("pack-refs", "--all"), path),
  "a branch that was packed and has moved since": async ({ path, git }) => {
    await git("pack-refs", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message=second");
    return path;
  },
  "a branch below another that is packed": async ({ path, git }) => {
    await git("switch", "--quiet", "--create", "main-2/side");
    await git("pack-refs", "--all");
    await git("switch", "--quiet", "--create", "main-2/side-2");
    return path;
  },
  "remotes, branches and comments in its configuration": async ({ path }) => written(path, "config", plainText),
};

const plainText = `# ours
[core]
	repositoryformatversion = 0
	bare = false
[remote "origin"]
	url = https://example.com/a.git ; there
	fetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
	remote = origin
`;

/** Of these git itself is to be asked. */
const odd: Readonly<Record<string, (made: Made) => Promise<string>>> = {
  "no repository": async ({ box }) => box.home,
  "a directory that is not there": async ({ box }) => `${box.home}/none`,
  "the folder of git itself": async ({ path }) => `${path}/.git`,
  "a folder in that": async ({ path }) => `${path}/.git/refs/heads`,
  "a bare repository": async ({ box, git }) =>
    done(git("clone", "--quiet", "--bare", ".", `${box.home}/bare`), `${box.home}/bare`),
  "a linked worktree": async ({ box, git }) =>
    done(git("worktree", "add", "--quiet", `${box.home}/side`), `${box.home}/side`),
  "a folder of git that lies elsewhere": async ({ box, path }) => {
    renameSync(`${path}/.git`, `${box.home}/elsewhere`);
    symlinkSync(`${box.home}/elsewhere`, `${path}/.git`);
    return path;
  },
  "a head that is a link": async ({ path }) => {
    rmSync(`${path}/.git/HEAD`);
    symlinkSync("refs/heads/main", `${path}/.git/HEAD`);
    return path;
  },
  "a head that is a tag": async ({ path }) => written(path, "HEAD", "ref: refs/tags/v1\n"),
  "a head that leads out of the branches": async ({ path }) =>
    written(path, "HEAD", "ref: refs/heads/../../ORIG_HEAD\n"),
  "a branch that is another one's name": async ({ path, git }) => {
    await git("symbolic-ref", "refs/heads/alias", "refs/heads/main");
    return written(path, "HEAD", "ref: refs/heads/alias\n");
  },
  "a damaged branch": async ({ path }) => written(path, "refs/heads/main", "nothing\n"),
  "an empty configuration line with a quote": async ({ path, git }) =>
    done(git("config", "user.name", 'A "B" C'), path),
  "another work tree": async ({ box, path, git }) => done(git("config", "core.worktree", box.home), path),
  "a repository that says it is bare": async ({ path, git }) => done(git("config", "core.bare", "true"), path),
  "settings from elsewhere": async ({ path, git }) => done(git("config", "include.path", "/dev/null"), path),
  "a format that is to come": async ({ path, git }) => done(git("config", "core.repositoryFormatVersion", "1"), path),
  "an extension": async ({ path, git }) => done(git("config", "extensions.worktreeConfig", "true"), path),
  "settings of this worktree": async ({ path }) => written(path, "config.worktree", ""),
  "refs in another form": async ({ path }) => {
    mkdirSync(join(path, ".git/reftable"));
    return path;
  },
  "a configuration that cannot be read": async ({ path }) => written(path, "config", "[core\n"),
};

for (const [what, make] of Object.entries(plain)) {
  test(`git's files say what git says: ${what}`, async () => {
    await using box = await sandbox({ program });
    const place = { directory: await make(await repositoryIn(box)), environment: box.env };
    const read: Repository | undefined = plainRepository(place);
    expect(read).toBeDefined();
    expect(read).toEqual(await askForRepository(place));
  });
}

for (const [what, make] of Object.entries(odd)) {
  test(`git is asked where something is out of the ordinary: ${what}`, async () => {
    await using box = await sandbox({ program });
    const directory = await make(await repositoryIn(box));
    expect(plainRepository({ directory, environment: box.env })).toBeUndefined();
  });
}

test("git is asked where variables tell it how far to look, and whom to believe", async () => {
  await using box = await sandbox({ program });
  const { path } = await box.repository();
  for (const name of ["GIT_CEILING_DIRECTORIES", "GIT_TEST_ASSUME_DIFFERENT_OWNER"])
    expect(plainRepository({ directory: path, environment: { ...box.env, [name]: "1" } })).toBeUndefined();
});

async function repositoryIn(box: Sandbox): Promise<Made> {
  const { path, git } = await box.repository("project", { files: { "a/b/c": "" } });
  return { box, path, git: async (...args) => git(...args) };
}

function linkTo(box: Sandbox, path: string): string {
  symlinkSync(path, join(box.home, "link"));
  return join(box.home, "link");
}

function written(path: string, name: string, text: string): string {
  writeFileSync(join(path, ".git", name), text);
  return path;
}

async function done(work: Promise<unknown>, path: string): Promise<string> {
  await work;
  return path;
}
