import { Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../../lib/errors.ts';
import { copyFile, sha256 } from '../../machine/copy.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Kind, succeeded } from '../kind.ts';

const owner = t.String({ pattern: '^([A-Za-z_][A-Za-z0-9_.-]*|[0-9]+)$', maxLength: 64 });

const CopyParameters = t.Object({
  content: t.String({ pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$', description: 'base64' }),
  sha256: t.Optional(
    t.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the content, to be compared before anything is sent' }),
  ),
  path: t.String({ pattern: '^/([^\\u0000]*/)?[^/\\u0000]+$', maxLength: 4096 }),
  mode: t.Optional(t.String({ pattern: '^[0-7]{3,4}$' })),
  owner: t.Optional(owner),
  group: t.Optional(owner),
  parents: t.Optional(t.Boolean()),
});

/** Puts a file on the machine. A second time it changes nothing, so taking it up again is running it again. */
export function copyKind(): Kind {
  const run = async (work: HostWork, parameters: Record<string, unknown>): Promise<HostOutcome> => {
    const { content, sha256: expected, parents = false, ...file } = Value.Parse(CopyParameters, parameters);
    const bytes = Buffer.from(content, 'base64');
    const sum = sha256(bytes);
    if (expected !== undefined && expected !== sum) throw otherContent(file.path, sum, expected);
    using lease = await work.session();
    await work.phase('acting');
    const changed = await copyFile(lease.session, { ...file, content: bytes, parents }, work.signal);
    await work.output(Buffer.from(`${changed ? 'written' : 'unchanged'} ${file.path} sha256 ${sum}\n`));
    return succeeded(null);
  };
  return { name: 'copy', parameters: CopyParameters, disrupts: () => false, run, judge: run };
}

function otherContent(path: string, sum: string, expected: string): AppError {
  return new AppError('command_failed', `the content for ${path} has the checksum ${sum} and not ${expected}`, {
    hint: 'nothing was sent; send the content that belongs to the checksum',
  });
}
