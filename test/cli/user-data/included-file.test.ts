import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { checkCloudConfig } from '../../../src/cli/user-data/cloud-config.ts';
import { includedFile } from '../../../src/cli/user-data/included-file.ts';
import { sizeWarnings } from '../../../src/cli/user-data/limits.ts';
import { multipart } from '../../../src/cli/user-data/multipart.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

async function including(content: string | Uint8Array, name = 'mine') {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, name), content);
  return await includedFile(join(directory.path, name));
}

interface Leaf {
  readonly type: string;
  readonly name: string | null;
  readonly content: string;
}

/** The parts that Python's parser, which is the one of cloud-init, finds before another one. */
async function partsOf(content: string | Uint8Array, name?: string): Promise<Leaf[]> {
  const { part } = await including(content, name);
  const last = { type: 'text/part-handler', fileName: 'last', content: '' };
  const file = multipart([part, last], 'commissaire--1');
  const program = [
    'import base64, email, json, sys',
    'message = email.message_from_string(sys.stdin.read())',
    'leaves = [p for p in message.walk() if p.get_content_maintype() != "multipart"]',
    'assert not any(p.defects for p in message.walk())',
    'print(json.dumps([{"type": p.get_content_type(), "name": p.get_filename(),',
    '  "content": base64.b64encode(p.get_payload(decode=True)).decode()} for p in leaves]))',
  ].join('\n');
  const parsed = spawnSync('python3', ['-c', program], { input: file, encoding: 'utf8' });
  expect([parsed.status, parsed.stderr]).toEqual([0, '']);
  const leaves: Leaf[] = JSON.parse(parsed.stdout);
  expect(leaves.at(-1)).toMatchObject({ type: 'text/part-handler', name: 'last' });
  return leaves.slice(0, -1);
}

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64');

const texts: [type: string, text: string][] = [
  ['text/cloud-config', '#cloud-config\npackages: [vim]\n'],
  ['text/cloud-config', '\n  \n#Cloud-Config\n'],
  ['text/jinja2', '## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n'],
  ['text/jinja2', '## template: jinja\n#!/bin/sh\necho {{ v1.region }}\n'],
  ['text/x-shellscript', '#!/bin/sh\necho #cloud-config\n'],
  ['text/x-include-url', '#include\nhttps://files.example.com/a\n'],
  ['text/x-include-once-url', '#include-once\nhttps://files.example.com/a\n'],
  ['text/cloud-config-archive', '#cloud-config-archive\n- type: text/x-shellscript\n  content: "#!/bin/sh"\n'],
  ['text/cloud-config-jsonp', '#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": []}]\n'],
  ['text/upstart-job', '#upstart-job\nstart on stopped rc\n'],
  ['text/cloud-boothook', '#cloud-boothook\n#!/bin/sh\n'],
  ['text/part-handler', '#part-handler\ndef list_types(): return []\n'],
];

describe('the content of the file decides about its type', () => {
  test.each(texts)('%s: %j', async (type, text) => {
    expect(await partsOf(text)).toEqual([{ type, name: 'mine', content: base64(text) }]);
  });

  test('a byte order mark is left out', async () => {
    const [, text] = texts[4] ?? ['', ''];
    expect(await partsOf(`\uFEFF${text}`)).toEqual([
      { type: 'text/x-shellscript', name: 'mine', content: base64(text) },
    ]);
  });

  test('a script may have any bytes after its first line', async () => {
    const script = Buffer.concat([Buffer.from('#!/bin/sh\ntail -n 1 "$0"; exit\n'), Buffer.from([0, 255, 254, 128])]);
    expect(await partsOf(script)).toEqual([{ type: 'text/x-shellscript', name: 'mine', content: base64(script) }]);
  });

  test('a compressed file stays compressed', async () => {
    const content = gzipSync('#!/bin/sh\n');
    const [part] = await partsOf(content, 'mine.gz');
    expect(part).toEqual({ type: 'application/gzip', name: 'mine.gz', content: base64(content) });
  });
});

const message = [
  'Content-Type: multipart/mixed;',
  ' boundary="===inner=="',
  'MIME-Version: 1.0',
  'Number-Attachments: 2',
  '',
  '--===inner==',
  'Content-Type: text/x-shellscript; charset="us-ascii"',
  'Content-Disposition: attachment; filename="a.sh"',
  '',
  '#!/bin/sh',
  'echo a',
  '',
  '--===inner==',
  'Content-Type: text/cloud-config; charset="us-ascii"',
  '',
  'packages: [vim]',
  '',
  '--===inner==--',
  '',
].join('\n');

describe('a MIME message is nested with all its parts', () => {
  const parts = [
    { type: 'text/x-shellscript', name: 'a.sh', content: base64('#!/bin/sh\necho a\n') },
    { type: 'text/cloud-config', name: null, content: base64('packages: [vim]\n') },
  ];

  test.each([
    ['as it is', message],
    ['with the line ends of Windows', message.replaceAll('\n', '\r\n')],
    ['after a line of a mailbox', `From nobody Thu Jan  1 00:00:00 1970\n${message}`],
    ['compressed', gzipSync(message)],
  ])('%s', async (_, content) => {
    expect(await partsOf(content)).toEqual(parts);
  });

  test('of one part', async () => {
    const one = 'MIME-Version: 1.0\nContent-Type: text/cloud-config\n\npackages: [vim]\n';
    expect(await partsOf(one)).toEqual([
      { type: 'text/cloud-config', name: null, content: base64('packages: [vim]\n') },
    ]);
  });
});

const refused: [name: string, content: string | Uint8Array, stderr: RegExp][] = [
  ['no first line that is known', 'packages: [vim]\n', /mine: its first line says nothing that cloud-init knows/],
  ['a remark before the first line', '# mine\n#cloud-config\n', /its first line says nothing/],
  ['nothing', '', /its first line says nothing/],
  ['UTF-16', Buffer.from('\uFEFF#cloud-config\n', 'utf16le'), /its first line says nothing/],
  ['Latin-1', Buffer.from('#cloud-config\nhostname: h\xf4te\n', 'latin1'), /mine: it is not UTF-8/],
  ['no YAML', '#cloud-config\nruncmd:\n  - [ls\nusers: []\n', /mine: line 4: not YAML that cloud-init reads: /],
  ['a list', '#cloud-config\n\n- ls\n', /mine: line 3: not a mapping, as cloud-init needs it$/],
  ['a text', '#cloud-config\nvim\n', /mine: line 2: not a mapping/],
  ['a tab', '#cloud-config\nhostname:\tweb\n', /mine: line 2: there is a tab/],
  ['a tag', '#cloud-config\nhostname: !!python/object:a.B {}\n', /mine: line 2: not YAML that cloud-init reads: /],
  ['an alias of nothing', '#cloud-config\nhostname: *web\n', /mine: line 2: there is no anchor &web/],
  ['two documents', '#cloud-config\na: 1\n---\nb: 1\n', /mine: line [34]: not YAML/],
  ['an archive that is no list', '#cloud-config-archive\na: 1\n', /mine: line 2: not a list/],
  ['a template of nothing', '## template: jinja\nhostname: web\n', /mine: line 2: cloud-init takes a template of/],
  ['a template of a boothook', '## template: jinja\n#cloud-boothook\n', /mine: line 2: cloud-init takes a template of/],
  [
    'a broken compressed file',
    gzipSync('#!/bin/sh\n').subarray(0, 12),
    /mine: it begins as a gzip file, but cannot be/,
  ],
  ['a compressed file of the same', gzipSync('#cloud-config\n- a\n'), /mine: line 2: not a mapping/],
  [
    'a message without a version',
    'Content-Type: text/cloud-config\n\na: 1\n',
    /mine: it is a MIME message, but it has no MIME-Version/,
  ],
  ['a message without a type', 'MIME-Version: 1.0\n\na: 1\n', /but it has no Content-Type/],
  ['a message without a boundary', 'MIME-Version: 1.0\nContent-Type: multipart/mixed\n\na\n', /has no boundary/],
  ['a message that is cut off', message.replace(/--===inner==--\n/, ''), /but it has no line --===inner==--/],
  ['a message without a body', 'MIME-Version: 1.0\nContent-Type: text/cloud-config\n', /but it has no body/],
];

describe('refused', () => {
  test.each(refused)('%s', async (_, content, message) => {
    const error = await including(content).then(undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(/./) });
  });
});

test('a key that is there twice is told of, with its line', async () => {
  const { warnings } = await including('#cloud-config\nruncmd: [a]\nruncmd: [b]\n');
  expect(warnings).toEqual(['warning: mine, line 3: the key is there twice, and the last counts']);
});

describe('a cloud-config is YAML as PyYAML, the reader of cloud-init, takes it:', () => {
  const cases = [
    'a: 1\n',
    '# a remark\n',
    'a: [\n  1\n]\n',
    'a: {\n  b: 1\n}\n',
    'a: [1,\n  2]\n',
    'a: |\n  one\n\ttwo\n',
    'a: |\n  one\n  \ttwo\n',
    'a: "one\ttwo"\n',
    'a:\n- b\n- c: d\n  e: f\n',
    'a: &x 1\nb: *x\n',
    'a: &x {b: 1}\nc: {<<: *x}\n',
    'a: yes\nb: 0777\nc: 1:30\n',
    'a: 1\na: 2\n',
    'a: 2001-01-01\n',
    'a: !!binary aGk=\n',
    '---\na: 1\n',
    '---\na: 1\n...\n',
    'a: 1\n---\nb: 2\n',
    'a: 1\n b: 2\n',
    'a: b: c\n',
    'a: "b\n',
    'a: [b\n',
    'a: @b\n',
    'a: %b\n',
    'a: !b c\n',
    'a: *b\n',
    'a:\tb\n',
    'a: b\t# remark\n',
    '\ta: 1\n',
    'a:\n\t- b\n',
    'a: [1,\t2]\n',
    '- a\n',
    'a\n',
    'a: 1\n- b\n',
    '? a\n: b\n',
    'a: {{ b }}\n',
  ];
  const judge = [
    'import json, sys, yaml',
    'def mapping(text):',
    '    try:',
    '        return isinstance(yaml.safe_load(text) or {}, dict)',
    '    except (yaml.YAMLError, TypeError, ValueError):',
    '        return False',
    'print(json.dumps([mapping(text) for text in json.load(sys.stdin)]))',
  ].join('\n');
  const { stdout } = spawnSync('python3', ['-c', judge], { input: JSON.stringify(cases), encoding: 'utf8' });
  const taken: boolean[] = JSON.parse(stdout);

  test.each(cases.map((text, index) => [text, taken[index]] as const))('%j: %s', (text, expected) => {
    expect(isTaken(text)).toBe(expected);
  });
});

function isTaken(text: string): boolean {
  try {
    checkCloudConfig(text, 'mine', 'mapping');
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

describe('the size', () => {
  /** Characters that compress to half of their number. */
  const noise = (characters: number) =>
    Array.from({ length: characters / 64 }, (_, n) => new Bun.CryptoHasher('sha256').update(`${n}`).digest('hex')).join(
      '',
    );

  test.each([
    ['a'.repeat(16_384), []],
    [
      'a'.repeat(16_385),
      [
        /^warning: the file has 16,385 bytes, more than EC2 takes \(16,384\); compress it with `gzip -9`, which cloud-init/,
      ],
    ],
    ['é'.repeat(8_193), [/16,386 bytes/]],
    [
      noise(64_000),
      [
        /EC2 takes \(16,384\) and OpenStack takes \(49,149\); even compressed .* it has more than EC2 takes \(16,384\)$/,
      ],
    ],
    ['a'.repeat(262_145), [/OpenStack .* and Azure takes \(65,535\) and Google Compute Engine takes \(262,144\);/]],
  ])('over that of clouds is told of (case %#)', (content, expected) => {
    expect(sizeWarnings(content)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});
