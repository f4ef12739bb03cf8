/** The commands that upgrade one family of systems. They are POSIX shell, run as root. */
export interface PackageManager {
  name: 'apt' | 'dnf' | 'yum' | 'rpm-ostree';
  /** The program that must be installed. */
  program: string;
  upgrade: string;
  /** Brings the whole system to one version; absent where packages are upgraded one by one. */
  deploy?(version: string): string;
}
