import packageJson from "../../package.json" with { type: "json" };

/** The SHA-256 of each archive by its name. */
export type Sums = Readonly<Record<string, string>>;

/** A Homebrew formula that takes the archives of this release. */
export function formula(sums: Sums): string {
  const { version, homepage, license } = packageJson;
  const of = (platform: string) => {
    const name = `fleet-${platform}.tar.xz`;
    const sum = sums[name];
    if (sum === undefined) throw new Error(`the release has no ${name}`);
    return `      url "${homepage}/releases/download/v${version}/${name}"\n      sha256 "${sum}"`;
  };
  return `class AiFleet < Formula
  desc "Launch, watch, steer and merge a fleet of AI coding agents"
  homepage "${homepage}"
  version "${version}"
  license "${license}"

  depends_on "tmux"

  on_macos do
    on_arm do
${of("darwin-arm64")}
    end
    on_intel do
${of("darwin-x64")}
    end
  end

  on_linux do
    on_arm do
${of("linux-arm64")}
    end
    on_intel do
${of("linux-x64")}
    end
  end

  def install
    bin.install "bin/fleet", "bin/flt"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/fleet"
    zsh_completion.install "share/zsh/site-functions/_fleet"
    fish_completion.install "share/fish/vendor_completions.d/fleet.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/fleet --version")
  end
end
`;
}
