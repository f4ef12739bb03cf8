import { gzipSync } from 'node:zlib';

/** The most bytes of user-data that clouds accept, as their documentation says. */
const limits = [
  // Before base64.
  { cloud: 'EC2', most: 16 * 1024 },
  // 65,535 characters of base64.
  { cloud: 'OpenStack', most: 49_149 },
  { cloud: 'Azure', most: 65_535 },
  { cloud: 'Google Compute Engine', most: 256 * 1024 },
];

/** A warning when clouds do not accept a file of this content; else none. */
export function sizeWarnings(content: string): string[] {
  const size = Buffer.byteLength(content);
  const refusing = limitsBelow(size);
  if (refusing.length === 0) return [];
  const left = limitsBelow(gzipSync(content, { level: 9 }).length);
  const remedy =
    left.length === 0
      ? 'compress it with `gzip -9`, which cloud-init reads, too'
      : `even compressed with \`gzip -9\` it has more than ${listed(left)}`;
  return [`warning: the file has ${number(size)} bytes, more than ${listed(refusing)}; ${remedy}`];
}

function limitsBelow(size: number) {
  return limits.filter(({ most }) => size > most);
}

function listed(clouds: readonly { cloud: string; most: number }[]): string {
  return clouds.map(({ cloud, most }) => `${cloud} takes (${number(most)})`).join(' and ');
}

function number(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
