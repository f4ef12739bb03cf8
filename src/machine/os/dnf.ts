import type { PackageManager } from './family.ts';

export const dnf: PackageManager = { name: 'dnf', program: 'dnf', upgrade: 'dnf update -y' };
