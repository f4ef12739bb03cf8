import { shellQuote } from '../../ssh/quote.ts';
import type { PackageManager } from './family.ts';

export const rpmOstree: PackageManager = {
  name: 'rpm-ostree',
  program: 'rpm-ostree',
  upgrade: 'rpm-ostree upgrade',
  deploy: (version) => `rpm-ostree deploy ${shellQuote(version)}`,
};
