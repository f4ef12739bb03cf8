import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { parse } from '../../src/cli/parser.ts';

const program = commctlProgram('commctl');

/** Command lines of the original's manual and of its commands (contract 12.2), with what they mean. */
const lines: [line: string, values: object][] = [
  ['cluster create --type kubernetes --network default c', { name: 'c', type: 'kubernetes', network: 'default' }],
  ['cluster create --container-manager ocp c', { type: 'kubernetes', network: 'default', containerManager: 'ocp' }],
  ['cluster create -t host_only -n n -c m c', { type: 'host_only', network: 'n', containerManager: 'm' }],
  ['cluster create c', { type: 'kubernetes', network: 'default', containerManager: '' }],
  ['cluster delete a b', { name: ['a', 'b'] }],
  ['cluster get c', { name: 'c' }],
  ['cluster list', {}],
  ['cluster deploy start c 7.4.1', { name: 'c', version: '7.4.1' }],
  ['cluster deploy status c', { name: 'c' }],
  ['cluster restart start c', { name: 'c' }],
  ['cluster restart status c', { name: 'c' }],
  ['cluster upgrade start c', { name: 'c' }],
  ['cluster upgrade status c', { name: 'c' }],
  ['container_manager create --type openshift --options={"a":"b"} m', { type: 'openshift', options: ['{"a":"b"}'] }],
  ['container_manager create -o a=b -o c=d m', { type: 'openshift', options: ['a=b', 'c=d'], name: 'm' }],
  ['container_manager delete a b', { name: ['a', 'b'] }],
  ['container_manager get m', { name: 'm' }],
  ['container_manager list', {}],
  ['host create --cluster c 192.0.2.1 /key', { cluster: 'c', address: '192.0.2.1', sshPrivKey: '/key' }],
  ['host create -c c 192.0.2.1 -', { cluster: 'c', sshPrivKey: '-' }],
  ['host delete 192.0.2.1 192.0.2.2', { address: ['192.0.2.1', '192.0.2.2'] }],
  ['host get 192.0.2.1', { address: '192.0.2.1' }],
  ['host join 192.0.2.1 c', { target: '192.0.2.1', cluster: 'c' }],
  ['host unjoin 192.0.2.1 c', { target: '192.0.2.1', cluster: 'c' }],
  ['host list', { cluster: undefined }],
  ['host list datacenter1', { cluster: 'datacenter1' }],
  ['host status 192.0.2.1', { address: '192.0.2.1' }],
  ['host ssh 192.0.2.1', { address: '192.0.2.1', args: [] }],
  ['host ssh 192.0.2.1 -v -p 9876', { address: '192.0.2.1', args: ['-v', '-p', '9876'] }],
  ['network create --type flannel_server --options {"address":"h:1"} n', { options: ['{"address":"h:1"}'], name: 'n' }],
  ['network create n', { type: 'flannel_etcd', options: [] }],
  ['network delete a b', { name: ['a', 'b'] }],
  ['network get n', { name: 'n' }],
  ['network list', {}],
  ['passhash', { rounds: 12, password: undefined, file: undefined }],
  ['passhash --file my_password.txt', { file: 'my_password.txt' }],
  ['passhash -f -', { file: '-' }],
  ['passhash --rounds 15', { rounds: 15 }],
  ['passhash --password bad_idea', { password: 'bad_idea' }],
];

describe('a command line of the original means what it did', () => {
  test.each(lines)('%s', (line, values) => {
    const words = line.split(' ');
    const parsed = parse(program, words);
    expect(parsed).toMatchObject({ kind: 'command', values });
  });
});
