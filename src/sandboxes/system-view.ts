/** Where programs, libraries and settings of the system are. */
export const systemDirectories = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu"],
];

/** Of those, the files that only root may read: password hashes, keys of the machine. */
export const secretFiles = [
  ...["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/krb5.keytab"],
];

/** Of those, the directories that hold keys and rules of the machine, which no agent needs. */
export const secretDirectories = ["/etc/ssh", "/etc/ssl/private", "/etc/sudoers.d", "/etc/wireguard"];
