/** How one family of systems is brought up to date. Commands are POSIX shell, run as root. */
export interface PackageManager {
  name: 'apt' | 'dnf' | 'yum' | 'rpm-ostree';
  /** The program that must be there. */
  program: string;
  upgrade: string;
  /** Brings the system to one version as a whole; absent where packages are upgraded one by one. */
  deploy?(version: string): string;
}
