import pack from '../../../dist/manual.pack' with { type: 'file' };

/** The path of the manual's pack: in the compiled file, or as `scripts/build` made it. */
export const packPath = pack;
