import manifest from '../../package.json' with { type: 'json' };

/** The version of this build, as `--version` and `GET /version` give it. */
export const version: string = manifest.version;
