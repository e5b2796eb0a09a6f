import { type Fleet, gitAt } from "../fleet/fleet.ts";
import { requireMirror } from "../fleet/mirrors/mirror.ts";
import type {
  HostLfsExpectAnswer,
  HostLfsExpectInput,
  HostLfsGetAnswer,
  HostLfsGetInput,
  HostLfsPutAnswer,
  HostLfsPutInput,
} from "../model/wire/host-lfs.ts";
import { exists } from "../system/files.ts";
import { tryGit } from "../system/git/command.ts";
import { addLfsPiece, lfsPath, lfsPiece, readLfsPiece } from "../system/git/lfs.ts";

/** Says which files of Git LFS the mirror does not have. */
export async function hostLfsExpect(fleet: Fleet, { key, oids }: HostLfsExpectInput): Promise<HostLfsExpectAnswer> {
  const { root } = await requireMirror(fleet, key);
  const place = gitAt(fleet, root);
  const { exitCode } = await tryGit(place, ["config", "--get-regexp", "^filter\\.lfs\\.(process|smudge)$"]);
  return { missing: oids.filter((oid) => !exists(lfsPath(root, oid))), installed: exitCode === 0 };
}

/** Adds a piece to a file of Git LFS that is brought into the mirror. */
export async function hostLfsPut(
  fleet: Fleet,
  { key, owner: by, oid, bytes, offset, content }: HostLfsPutInput,
): Promise<HostLfsPutAnswer> {
  const { root } = await requireMirror(fleet, key);
  const piece = { file: { oid, bytes }, by, offset, content: Buffer.from(content, "base64") };
  return { fine: await addLfsPiece(root, piece) };
}

/** Hands a piece of a file of Git LFS out of the mirror. */
export async function hostLfsGet(fleet: Fleet, { key, oid, offset }: HostLfsGetInput): Promise<HostLfsGetAnswer> {
  const { root } = await requireMirror(fleet, key);
  return { content: readLfsPiece(root, oid, offset, lfsPiece)?.toString("base64") ?? null };
}
