/** What ssh knows of the machine and the person that it runs for. */
export interface SshClient {
  /** The local user, if it has a name. */
  user: string | undefined;
  uid: number | undefined;
  home: string;
  /** With its domain, as `hostname` prints it. */
  hostName: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** The user to log in as where the configuration names none; without it the local user. */
  remoteUser?: string | undefined;
  files: ConfigFiles;
}

/** The files that `Include` may name. Paths are absolute. */
export interface ConfigFiles {
  /** The names in a directory; none when it cannot be read. */
  names(directory: string): Promise<readonly string[]>;
  /** @throws Error when it cannot be read */
  read(path: string): Promise<string>;
}
