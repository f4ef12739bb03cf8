import type { PackageManager } from './package-manager.ts';

export const dnf: PackageManager = { name: 'dnf', program: 'dnf', upgrade: 'dnf update -y' };
