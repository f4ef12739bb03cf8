import type { PackageManager } from './package-manager.ts';

export const yum: PackageManager = { name: 'yum', program: 'yum', upgrade: 'yum update -y' };
