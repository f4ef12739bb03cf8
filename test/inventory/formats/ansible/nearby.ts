import type { NearbyFiles } from '../../../../src/inventory/formats/nearby-files.ts';

/** Files in memory, by their paths. */
export function nearby(files: Readonly<Record<string, string>>): NearbyFiles {
  return {
    async list(path) {
      const prefix = path === '.' ? '' : `${path}/`;
      const below = Object.keys(files).filter((each) => each.startsWith(prefix));
      const names = below.map((each) => each.slice(prefix.length).replace(/\/.*$/, '/'));
      return names.length === 0 ? undefined : [...new Set(names)];
    },
    async read(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    shown: (path) => path,
  };
}
