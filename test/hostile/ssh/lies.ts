import type { ServerChannel } from 'ssh2';
import type { Peer } from '../../support/faulty-peer.ts';
import { finish, hostilePeer } from './hostile-peer.ts';
import { controls } from './packets.ts';

const honest = {
  os: 'debian',
  os_version: '12',
  cpus: '4',
  memory: '1000',
  space: '2000',
  kernel: '6.1.0',
  boot_id: 'boot-1',
};

/** A machine that is asked what it is, and says this. */
function claiming(facts: Partial<typeof honest>): () => Promise<Peer> {
  const lines = Object.entries({ ...honest, ...facts, package_manager: 'apt-get' }).map(
    ([name, value]) => `${name}=${value}\n`,
  );
  return answering((channel) => channel.write(lines.join('')));
}

/** It answers each command in this way. */
function answering(answer: (channel: ServerChannel) => void, code = 0): () => Promise<Peer> {
  return () =>
    hostilePeer({
      onCommand: (_, channel) => {
        answer(channel);
        finish(channel, code);
      },
    });
}

const long = 'a'.repeat(900_000);
const line = controls.replaceAll(/[\r\n]/g, '');

/** What a machine can say of itself that is not so, by its name. */
export const lies: Readonly<Record<string, () => Promise<Peer>>> = {
  'an os of 900,000 characters': claiming({ os: long }),
  'a version of 900,000 characters': claiming({ os_version: long }),
  'a kernel of 900,000 characters': claiming({ kernel: long }),
  'a boot id of 900,000 characters': claiming({ boot_id: long }),
  'controls everywhere': claiming({ os: line, os_version: line, kernel: line, boot_id: `b${line}` }),
  'a memory of 1e999': claiming({ memory: '1e999' }),
  'a memory of 1e300': claiming({ memory: '1e300' }),
  'half a kilobyte': claiming({ memory: '0.5', space: '1.5', cpus: '2.5' }),
  'less than nothing': claiming({ space: '-5', cpus: '-3' }),
  'space without end': claiming({ space: 'Infinity', cpus: '1e21' }),
  'text instead of numbers': claiming({ space: '__proto__', cpus: 'constructor' }),
  'a million lines': answering((channel) => channel.write('os=a\n'.repeat(1_000_000))),
  'ten megabytes of NUL': answering((channel) => channel.write(Buffer.alloc(10_000_000))),
  'an error of a million controls': answering((channel) => channel.stderr.write(controls.repeat(120_000)), 1),
  'an error of a million characters': answering((channel) => channel.stderr.write(long), 1),
};
