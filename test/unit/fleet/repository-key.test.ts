import { expect, test } from "bun:test";
import { isRepositoryKey, sharedAddress } from "../../../src/fleet/repository-key.ts";

const remote = (name: string, address: string) => ({ name, fetches: address, pushes: address });

test("clones of one remote are one repository, however each writes its address", () => {
  const written = [
    "git@github.com:acme/shop.git",
    "https://github.com/acme/shop",
    "https://ann:secret@GitHub.com/acme/shop.git/",
    "ssh://git@ssh.github.com:443/acme/shop.git",
  ];
  expect(new Set(written.map((address) => sharedAddress([remote("origin", address)])))).toEqual(
    new Set(["github.com/acme/shop"]),
  );
});

test("origin says which repository it is, else the first remote that is on another machine", () => {
  const mine = remote("mine", "git@github.com:ann/shop.git");
  expect(sharedAddress([mine, remote("origin", "git@github.com:acme/shop.git")])).toBe("github.com/acme/shop");
  expect(sharedAddress([remote("disk", "/backup/shop.git"), mine])).toBe("github.com/ann/shop");
  expect(sharedAddress([remote("origin", "/srv/git/shop.git")])).toBeUndefined();
});

test("only what repositoryKey makes is taken for a key", () => {
  expect(isRepositoryKey("0123456789abcdef01234567")).toBe(true);
  for (const text of ["", "../0123456789abcdef0123", "0123456789ABCDEF01234567", "0123456789abcdef01234567\n"]) {
    expect(isRepositoryKey(text)).toBe(false);
  }
});
