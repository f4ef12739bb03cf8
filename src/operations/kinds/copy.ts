import { basename, dirname } from 'node:path/posix';
import { type Static, Type as t } from '@sinclair/typebox';
import { AppError } from '../../lib/errors.ts';
import { type CopiedFile, type Copy, copyFiles, sha256 } from '../../machine/copy.ts';
import { defineKind } from '../define-kind.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Kind, succeeded } from '../kind.ts';
import type { Sources } from '../sources/sources.ts';

const owner = (description: string) =>
  t.String({
    pattern: '^([A-Za-z_][A-Za-z0-9_.-]*|[0-9]+)$',
    maxLength: 64,
    description,
    form: 'a name or a number, such as www-data or 33',
  });
const mode = t.String({
  pattern: '^[0-7]{3,4}$',
  description: 'Mode of the files on the hosts, instead of that of the source',
  form: 'a text of 3 or 4 octal digits, such as "0644"',
});
const base64 = t.String({
  pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  description: 'The content of the file, in base64',
  form: 'a text in base64',
});
/** A name that cannot lead to another directory. */
const component = '(?!\\.{1,2}(/|$))[^/\\u0000\\n]+';
const below = t.String({
  pattern: `^${component}(/${component})*$`,
  maxLength: 4096,
  description: 'Where it goes, below the path of the copy',
  form: 'a relative path without "." and "..", such as conf/site.conf',
});
const files = t.Array(t.Object({ path: below, content: base64, mode: t.Optional(mode) }), {
  maxItems: 10_000,
  description: 'The files of a directory',
});
const sum = t.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the content, compared before anything is sent',
  form: 'a SHA-256 of 64 hexadecimal digits in lower case',
});
const source = t.String({
  pattern: '^/[^\\u0000]*$',
  maxLength: 4096,
  description: 'The file or directory to copy, on the jump host',
  form: 'an absolute path on the jump host, such as /srv/site',
});
const place = {
  path: t.String({
    pattern: '^/([^\\u0000\\n]*/)?[^/\\u0000\\n]+$',
    maxLength: 4096,
    description: 'Where it goes on the hosts',
    form: 'an absolute path that does not end with /, such as /etc/motd',
  }),
  mode: t.Optional(mode),
  owner: t.Optional(owner('Owner of the files on the hosts')),
  group: t.Optional(owner('Group of the files on the hosts')),
  parents: t.Optional(t.Boolean({ description: 'Whether to create the parent directory of the path' })),
};
const none = t.Optional(t.Never({ form: 'left out: a copy has one of content, source and files' }));

/** The parameters name the origin of the copy in one of three ways. */
export const CopyParameters = t.Union(
  [
    t.Object({ ...place, content: base64, sha256: t.Optional(sum), source: none, files: none }),
    t.Object({ ...place, source, sha256: t.Optional(sum), content: none, files: none }),
    t.Object({ ...place, files, content: none, source: none, sha256: none }),
  ],
  { form: 'an object with a path, and one of content, source and files' },
);

/** The parameters as they are stored with the operation. */
const FrozenParameters = t.Object({
  ...place,
  content: t.Optional(t.String()),
  sha256: t.Optional(sum),
  files: t.Optional(files),
  /** Digest of the manifest of the source. */
  manifest: t.Optional(t.String()),
});
type FrozenParameters = Static<typeof FrozenParameters>;

/**
 * Puts a file or a directory on the machine. A second run changes nothing, so a resume runs it again.
 */
export function copyKind(sources: Pick<Sources, 'freeze' | 'manifest' | 'content' | 'hold' | 'letGo'>): Kind {
  const run = async (work: HostWork, parameters: FrozenParameters): Promise<HostOutcome> => {
    const copy = await copyOf(parameters, sources);
    using lease = await work.session();
    await work.phase('acting');
    const written = await copyFiles(lease.session, copy, work.signal);
    await work.output(Buffer.from(reportOf(copy, written)));
    return succeeded(null);
  };
  return defineKind({
    name: 'copy',
    parameters: CopyParameters,
    kept: FrozenParameters,
    disrupts: () => false,
    takesAway: () => false,
    async freeze(parameters) {
      if (typeof parameters.source !== 'string') return parameters;
      const { digest, manifest } = await sources.freeze(parameters.source);
      if (manifest.directoryMode !== null && parameters.sha256 !== undefined) throw directoryChecksum();
      return { ...parameters, manifest: digest };
    },
    async hold(tx, { manifest }) {
      if (typeof manifest === 'string') await sources.hold(tx, manifest);
    },
    async letGo(tx, { manifest }) {
      if (typeof manifest === 'string') await sources.letGo(tx, manifest);
    },
    steps: (parameters) => [
      {
        name: 'copy',
        acts: [],
        run: (work) => run(work, parameters),
        judge: (work) => run(work, parameters),
      },
    ],
  });
}

async function copyOf(parameters: FrozenParameters, sources: Pick<Sources, 'manifest' | 'content'>): Promise<Copy> {
  const { content, files, manifest: digest } = parameters;
  if (content !== undefined) return oneFile(parameters, inline('', content));
  if (files !== undefined) {
    const inlined = files.map((file) => inline(file.path, file.content, file.mode));
    return directory(parameters, '0755', directoriesOf(files), inlined);
  }
  if (digest === undefined) throw new Error('the parameters of a copy say nothing of what is copied');
  const manifest = await sources.manifest(digest);
  const frozen = manifest.files.map((file) => ({ ...file, content: () => sources.content(manifest, file) }));
  if (manifest.directoryMode !== null)
    return directory(parameters, manifest.directoryMode, manifest.directories, frozen);
  const [file] = frozen;
  if (file === undefined) throw new Error(`the source ${manifest.root} is neither a file nor a directory`);
  return oneFile(parameters, file);
}

function oneFile({ path, sha256: expected, ...place }: FrozenParameters, file: CopiedFile): Copy {
  if (expected !== undefined && expected !== file.sha256) throw otherContent(path, file.sha256, expected);
  const files = [{ ...file, path: basename(path), ...modeOf(place) }];
  return { ...ownersOf(place), base: dirname(path), directories: [], files };
}

function directory(
  { path, ...place }: FrozenParameters,
  baseMode: string,
  directories: Copy['directories'],
  files: readonly CopiedFile[],
): Copy {
  const changed = files.map((file) => ({ ...file, ...modeOf(place) }));
  return { ...ownersOf(place), base: path, baseMode, directories, files: changed };
}

type Place = Pick<FrozenParameters, 'mode' | 'owner' | 'group' | 'parents'>;

function modeOf({ mode }: Place): { mode?: string } {
  return mode === undefined ? {} : { mode };
}

function ownersOf({ owner, group, parents = false }: Place): Pick<Copy, 'owner' | 'group' | 'parents'> {
  return { parents, ...(owner === undefined ? {} : { owner }), ...(group === undefined ? {} : { group }) };
}

function inline(path: string, content: string, mode?: string): CopiedFile {
  const bytes = Buffer.from(content, 'base64');
  return {
    path,
    size: bytes.length,
    sha256: sha256(bytes),
    ...modeOf(mode === undefined ? {} : { mode }),
    async *content() {
      yield bytes;
    },
  };
}

/** The directories that contain the files, each one after its parent. */
function directoriesOf(files: readonly { path: string }[]): Copy['directories'] {
  const found = new Set<string>();
  for (const { path } of files) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) found.add(at);
  }
  return [...found].toSorted().map((path) => ({ path, mode: '0755' }));
}

function reportOf({ base, files }: Copy, written: ReadonlySet<string>): string {
  const at = base === '/' ? '' : base;
  return files
    .map((file) => `${written.has(file.path) ? 'written' : 'unchanged'} ${at}/${file.path} sha256 ${file.sha256}\n`)
    .join('');
}

function directoryChecksum(): AppError {
  return new AppError('invalid_member', 'parameters.sha256: a directory has no checksum', {
    hint: 'leave it out; each file is compared with its own',
    details: { member: '/parameters/sha256' },
  });
}

function otherContent(path: string, sum: string, expected: string): AppError {
  return new AppError('command_failed', `the content for ${path} has the checksum ${sum} and not ${expected}`, {
    hint: 'nothing was sent; send the content that belongs to the checksum',
  });
}
