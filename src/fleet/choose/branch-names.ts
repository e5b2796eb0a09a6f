/** A loose ref is a file, and git writes it through `<name>.lock`: NAME_MAX less those five bytes. */
const longestPart = 250;

const rules: readonly { readonly broken: (name: string) => boolean; readonly why: string }[] = [
  { broken: (name) => name === "", why: "it is empty" },
  { broken: (name) => name === "HEAD" || name === "@", why: "it is git's name for what is checked out" },
  { broken: (name) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name), why: "it looks like a commit" },
  { broken: (name) => name.startsWith("-"), why: "it starts with a dash" },
  { broken: (name) => /[\u0000-\u001f\u007f]/.test(name), why: "it has a control character" },
  { broken: (name) => name.includes("\ufffd"), why: "it has bytes that are not UTF-8" },
  { broken: (name) => name.includes(" "), why: "it has a space" },
  { broken: (name) => /[~^:?*[\\]/.test(name), why: "it has one of ~ ^ : ? * [ \\" },
  { broken: (name) => name.includes(".."), why: "it has two dots in a row" },
  { broken: (name) => name.includes("@{"), why: "it has @{" },
  { broken: (name) => /^\/|\/$|\/\//.test(name), why: "it has a slash with nothing before or after it" },
  { broken: (name) => name.endsWith("."), why: "it ends with a dot" },
  { broken: (name) => parts(name).some((part) => part.startsWith(".")), why: "a part of it starts with a dot" },
  { broken: (name) => parts(name).some((part) => part.endsWith(".lock")), why: "a part of it ends with .lock" },
  {
    broken: (name) => parts(name).some((part) => Buffer.byteLength(part) > longestPart),
    why: `a part of it is longer than ${longestPart} bytes`,
  },
];

/** Why git refuses a branch name, in words; `undefined` when it accepts it. The rules are those of git-check-ref-format(1). */
export function branchNameProblem(name: string): string | undefined {
  return rules.find(({ broken }) => broken(name))?.why;
}

/** The branches that cannot exist beside this one, because a ref is either a file or a folder: `a/b` for `a/b/c`. */
export function enclosingNames(name: string): string[] {
  const pieces = parts(name);
  return pieces.slice(0, -1).map((_, index) => pieces.slice(0, index + 1).join("/"));
}

function parts(name: string): string[] {
  return name.split("/");
}
