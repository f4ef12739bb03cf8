import { join } from 'node:path';
import { openKeyFile } from '../../../src/store/key-file.ts';
import type { Passphrase } from '../../../src/store/passphrase.ts';

/** Wraps the master key of a directory by each of the given passphrases, then by none, for ever. */
const [directory = '', given = '[]'] = process.argv.slice(2);
const derived: { derivation: Passphrase['derivation']; key: string }[] = JSON.parse(given);
const wrappings = derived.map(({ derivation, key }) => ({ derivation, key: Buffer.from(key, 'base64') }));
const keyFile = openKeyFile({ path: join(directory, 'master.key'), mayCreate: true });
process.stdout.write('begins\n');
for (let turn = 0; ; turn += 1) keyFile.wrapBy([...wrappings, undefined][turn % (wrappings.length + 1)]);
