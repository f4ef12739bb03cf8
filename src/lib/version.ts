import manifest from '../../package.json' with { type: 'json' };

/** The version of this build, which `--version` and `GET /version` return. */
export const version: string = manifest.version;
