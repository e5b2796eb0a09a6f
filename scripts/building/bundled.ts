/** The folders of the packages that a bundle has code of, from the root: `node_modules/zod`. Texts such as licences are no code. */
export function packagesIn(metafile: Bun.BuildMetafile | undefined): string[] {
  const code = Object.keys(metafile?.inputs ?? {}).filter((path) => /\.(?:[cm]?[jt]sx?|json|css)$/.test(path));
  const folders = code.map(
    (path) => /^(?:.*\/)?(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(path)?.[1],
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}
