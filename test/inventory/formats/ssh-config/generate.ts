import fc from 'fast-check';

/** A configuration with the files that it includes; `DIR` is their directory. */
export interface Generated {
  main: string;
  included: Record<string, string>;
}

/** The names that ssh is asked about; some stand in no file. */
export const names = ['a', 'b', 'web1', 'web2', 'Web1', 'gate', 'other.example.com'];

const pattern = fc.constantFrom(...names, '*', 'web*', 'w*1', '?', '!a', '!web*', '!*', 'g*e', '*.example.com', '"b"');
const list = (item: fc.Arbitrary<string>, separator: string, most = 3) =>
  fc.array(item, { minLength: 1, maxLength: most }).map((items) => items.join(separator));

const user = fc.constantFrom('u1', 'u2', 'root', '"x y"', "'x'y", 'a\\"b', 'x#y');
const file = fc.constantFrom('~/.ssh/k1', '"/k/a b"', '/k/a\\ b', 'none', '%d/k', '/k/%h-%r', "'/k/#1'", 'C:\\keys\\k');
const hop = fc.constantFrom(
  'gate',
  'a',
  'b',
  'u@gate',
  'u1@gate:2222',
  'web2:22',
  '[2001:db8::1]:23',
  'ssh://u@gate:24',
);
const host = fc.constantFrom('10.0.0.1', '%h.example.com', 'Web.Example', 'gate', 'b', '2001:DB8::7', 'x%%y.%h', 'a#b');
const command = fc.constantFrom('none', 'NONE', 'nc %h %p', 'ssh -W %h:%p gate', 'nc "x y" # no remark');

const matching = fc.oneof(
  fc.tuple(
    fc.constantFrom('host', 'originalhost', '!host', 'Host'),
    list(fc.constantFrom(...names, 'w*', '*', '!b', 'GATE', '10.0.0.1'), ','),
  ),
  fc.tuple(
    fc.constantFrom('user', '!user', 'localuser', '!localuser'),
    list(fc.constantFrom('root', 'u1', 'u*', '!u2', '*'), ','),
  ),
  fc.tuple(fc.constantFrom('final', 'canonical', '!final', '!canonical'), fc.constant('')),
);
const criteria = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('all', 'ALL', '!all', 'final all', 'canonical all', 'all # remark') },
  { weight: 5, arbitrary: list(fc.tuple(matching, fc.constantFrom(' ', '=', ' "')).map(criterion), ' ', 2) },
);

function criterion([[kind, value], separator]: [[string, string], string]): string {
  if (value === '') return kind;
  return `${kind}${separator}${value}${separator.endsWith('"') ? '"' : ''}`;
}

/** What ssh refuses. */
const wrong = fc.constantFrom(
  'Port x',
  'Port 70000',
  'HostName',
  'User a b',
  'User "',
  'Hots a',
  'Host ""',
  'HostName %z',
  'Match',
  'Match user',
  'Match all final',
  'ProxyJump a:x',
  'ProxyJump @gate',
  'ProxyJump 2001:db8::1',
  'IdentityFile ""',
);

const other = fc.constantFrom(
  '',
  '# Host a',
  '   ',
  'ServerAliveInterval 30',
  'SendEnv LANG LC_*',
  'HostKeyAlias al',
  'LocalForward 8080 localhost:80',
);

const option = fc.oneof(
  fc.tuple(fc.constantFrom('User', 'user'), user),
  fc.tuple(fc.constantFrom('Port', 'PORT'), fc.constantFrom('22', '2222', '0023', '"24"')),
  fc.tuple(fc.constantFrom('HostName', 'Hostname'), host),
  fc.tuple(fc.constant('IdentityFile'), file),
  fc.tuple(
    fc.constant('ProxyJump'),
    fc.oneof({ weight: 1, arbitrary: fc.constantFrom('none', 'None') }, { weight: 3, arbitrary: list(hop, ',') }),
  ),
  fc.tuple(fc.constant('ProxyCommand'), command),
);

const block = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('Host', 'host', '"Host"'), list(pattern, ' ')) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('Match', 'match'), criteria) },
);

const separator = fc.constantFrom(' ', ' ', ' ', '\t', '=', ' = ', '  ');
const remark = fc.constantFrom('', '', '', ' # remark', '\t#', '\r', '  ');
const indentation = fc.constantFrom('', '  ', '\t');

/** A remark after a command would be part of it, and ssh takes `none` with a remark for a jump host. */
function written([[keyword, value], between, after, before]: [[string, string], string, string, string]): string {
  const end = /^(ProxyCommand|ProxyJump)$/.test(keyword) ? after.replace(/\t?#.*| +#.*/, '') : after;
  const blank = /^match$/i.test(keyword) && between.includes('=') ? ' ' : between;
  return before + keyword + blank + value + end;
}

const line = (including: boolean) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.tuple(option, separator, remark, indentation).map(written) },
    { weight: 20, arbitrary: fc.tuple(block, separator, remark, indentation).map(written) },
    { weight: 5, arbitrary: other },
    ...(including
      ? [
          {
            weight: 6,
            arbitrary: fc
              .constantFrom('1.conf', '*.conf', '[12].conf', '"?.conf"', 'no', '*', '2* DIR/inc/1*')
              .map((name) => (name.startsWith('"') ? `Include "DIR/inc/${name.slice(1)}` : `Include DIR/inc/${name}`)),
          },
        ]
      : []),
  );

const seldomWrong = fc.oneof({ weight: 20, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: wrong });

const text = (including: boolean, most: number) =>
  fc
    .tuple(fc.array(line(including), { maxLength: most }), seldomWrong, fc.nat())
    .map(([lines, bad, at]) => (bad === null ? lines : lines.toSpliced(at % (lines.length + 1), 0, bad)).join('\n'));

/** The last file can include nothing: otherwise the files would include each other. */
export const generated: fc.Arbitrary<Generated> = fc
  .tuple(text(true, 14), text(false, 5), text(false, 5), text(false, 3))
  .map(([main, first, second, hidden]) => ({
    main,
    included: { '1.conf': first, '2.conf': second.replaceAll('\n', '\r\n'), '.hidden.conf': hidden },
  }));
