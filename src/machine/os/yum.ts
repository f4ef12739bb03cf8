import type { PackageManager } from './family.ts';

export const yum: PackageManager = { name: 'yum', program: 'yum', upgrade: 'yum update -y' };
