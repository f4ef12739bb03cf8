import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import spdx from 'spdx-license-list/full';
import { bunLibraries, bunPolyfills, bunSource } from './bun-libraries.ts';
import { root } from './root.ts';
import type { RuntimePackage } from './runtime-packages.ts';

const rule = '='.repeat(78);

/** The text of `LICENCES.txt`: of the product, of each package in it, and of Bun and what Bun contains. */
export function licenceNotices(packages: readonly RuntimePackage[], bunVersion: string): string {
  const without = packages.filter(({ licenceTexts }) => licenceTexts.length === 0);
  const identifiers = [
    ...without.map(({ licence }) => licence),
    'MIT',
    ...bunLibraries.map(({ licence }) => licence),
  ].flatMap((expression) => expression.split(/ (?:AND|OR|WITH) /));
  return `${[
    'Licences of Commissaire and of what it contains.',
    chapter('Commissaire', 'GPL-3.0-or-later', readFileSync(join(root, 'LICENSE'), 'utf8').trim()),
    ...packages.map(ofPackage),
    chapter(`Bun ${bunVersion}`, 'MIT', ofBun()),
    ...[...new Set(identifiers)].sort().map((id) => chapter(`Text of the licence ${id}`, id, licenceText(id))),
  ].join('\n\n')}\n`;
}

function chapter(title: string, licence: string, text: string): string {
  return `${rule}\n${title}\nLicence: ${licence}\n${rule}\n\n${text}`;
}

function ofPackage({ name, version, licence, licenceTexts, author, isPatched }: RuntimePackage): string {
  const changed = isPatched ? ['Changed for Commissaire; the source of Commissaire has the patch.'] : [];
  const texts =
    licenceTexts.length > 0
      ? licenceTexts
      : [`${author === undefined ? '' : `By ${author}. `}The text of the licence is at the end of this file.`];
  return chapter(`${name} ${version}`, licence, [...changed, ...texts].join('\n\n'));
}

function ofBun(): string {
  const libraries = bunLibraries.map(({ name, licence, source }) => `- ${name}: ${licence}\n  ${source}`);
  return [
    `The program is compiled with Bun: ${bunSource}. The texts of the licences are at the end of this file.`,
    'Bun is linked statically with these libraries:',
    libraries.join('\n'),
    'JavaScriptCore and tinycc have the LGPL: who receives the program may change them and link it again. Their source,\n' +
      "and how Bun is linked with them, is at the addresses above; the source of Commissaire's release has the rest.",
    `Bun contains these packages for Node.js, all with the MIT licence: ${bunPolyfills.join(', ')}.`,
  ].join('\n\n');
}

/** @throws Error for an identifier that SPDX does not know, which is a mistake in a list */
function licenceText(id: string): string {
  if (id === 'LLVM-exception') return llvmException;
  const text = spdx[id]?.licenseText;
  if (text === undefined) throw new Error(`SPDX has no licence ${id}`);
  return text.trim();
}

/** An exception is no licence, so the list has no text of it. */
const llvmException =
  'An exception to Apache-2.0: https://spdx.org/licenses/LLVM-exception.html. Parts that a compiler puts into an\n' +
  'object need no notice.';
