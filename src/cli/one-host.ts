import { isIP } from 'node:net';

/** Whether a target names one host itself, by its address or its name, and does not select it. */
export function namesOneHost(target: string): boolean {
  const named = target.trim().replace(/^host:/, '');
  return isIP(named) !== 0 || (/^[\w.-]+$/.test(named) && target.trim() !== 'all');
}
