import { join } from "node:path";
import { output } from "./run.ts";

/** The files of a certificate and its key. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes a certificate of `localhost` in a folder. Nobody trusts it unless told to. */
export async function certificateIn(folder: string): Promise<Certificate> {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  const names = ["-addext", "subjectAltName=DNS:localhost"];
  await output(["openssl", ...request, ...names, "-keyout", key, "-out", cert], folder, process.env);
  return { key, cert };
}
