import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apt } from '../../src/machine/os/apt.ts';
import { dnf } from '../../src/machine/os/dnf.ts';
import { withReport } from '../../src/machine/upgrade-report.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Runs the command where these programs stand before those of this machine. */
function run(command: string, programs: Record<string, string>) {
  using directory = temporaryDirectory();
  for (const [name, script] of Object.entries(programs)) {
    const path = join(directory.path, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  const env = { PATH: `${directory.path}:${process.env.PATH}`, STATE: join(directory.path, 'state') };
  const { status, stdout } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
  return { status, stdout };
}

const upgrade = 'echo upgrading; touch "$STATE"';
const installed = (before: string, after: string) =>
  `if [ -e "$STATE" ]; then printf '${after}'; else printf '${before}'; fi`;

test.each([
  [
    'apt',
    { ...apt, upgrade },
    {
      // The last of the three was removed long ago and left its configuration.
      'dpkg-query': installed(
        'ii  curl:amd64 7.8\\nii  same:all 1\\nii  gone:all 3\\nrc  old:all 1\\n',
        'ii  curl:amd64 7.10\\nii  same:all 1\\nhi  added:all 2\\n',
      ),
    },
    '+ added:all 2\n- curl:amd64 7.8\n+ curl:amd64 7.10\n- gone:all 3\n',
  ],
  [
    'dnf, which keeps several kernels,',
    { ...dnf, upgrade },
    {
      rpm: installed(
        'kernel.x86_64 6.1-1\\nkernel.x86_64 6.2-1\\nbash.x86_64 5-1\\n',
        'kernel.x86_64 6.2-1\\nkernel.x86_64 6.3-1\\nbash.x86_64 5-1\\n',
      ),
    },
    '- kernel.x86_64 6.1-1\n+ kernel.x86_64 6.3-1\n',
  ],
])('an upgrade with %s tells what it changed, after its own output', (_name, manager, programs, changes) => {
  const tools = { ...programs, 'needs-restarting': 'exit 0', dnf: 'exit 1' };
  const { status, stdout } = run(withReport(manager.upgrade, manager), tools);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^upgrading\n---- packages: - before, \+ after\n/);
  expect(stdout).toContain(`after\n${changes}---- reboot needed: `);
});

test('an upgrade that changes nothing says so, and one that fails keeps its exit code', () => {
  const tools = {
    rpm: 'echo bash.x86_64 5-1',
    'needs-restarting': 'echo no; exit 1',
    dnf: 'echo Unknown command; exit 1',
  };
  const { status, stdout } = run(withReport('exit 100', dnf), tools);
  expect(status).toBe(100);
  expect(stdout).toMatch(/^---- packages: - before, \+ after\n---- reboot needed: (yes|no)\n$/);
});

test('a package manager that asks for a reboot is heard', () => {
  const tools = {
    rpm: 'true',
    'needs-restarting': 'exit 127',
    dnf: 'echo "Reboot is required to fully utilize these updates."; exit 1',
  };
  expect(run(withReport('true', dnf), tools).stdout).toContain('---- reboot needed: yes\n');
});
