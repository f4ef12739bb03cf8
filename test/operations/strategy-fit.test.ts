import { expect, test } from 'vitest';
import { deployKind } from '../../src/operations/kinds/deploy.ts';
import { execKind } from '../../src/operations/kinds/exec.ts';
import { rebootKind } from '../../src/operations/kinds/reboot.ts';
import { restartKind } from '../../src/operations/kinds/restart.ts';
import { upgradeKind } from '../../src/operations/kinds/upgrade.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import { checkFit } from '../../src/operations/strategy-fit.ts';
import { failed, kindOf } from './support.ts';

const facts = kindOf({ name: 'facts', run: async () => failed() });
const kinds = [rebootKind(), restartKind(), upgradeKind(), deployKind(), execKind(), facts];
const all = kinds.map(({ name }) => name);

interface Case {
  given: Partial<Strategy>;
  /** The names of the kinds that take it. */
  fits: string[];
  /** What the others say, without the kind. */
  message?: string;
  hint?: string;
}

const cases: Case[] = [
  { given: {}, fits: all },
  { given: { batch: 2, gates: [{ tcp: 22 }], retries: 1 }, fits: all },
  { given: { reboot: 'never' }, fits: all },
  ...(['always', 'if-needed'] as const).map((reboot) => ({
    given: { reboot },
    fits: ['upgrade', 'deploy'],
    message: 'strategy.reboot: the kind KIND does not use it',
    hint: 'leave it out: it is for upgrade, deploy',
  })),
  { given: { reboot: 'always', reboot_timeout: 900 }, fits: ['upgrade', 'deploy'] },
  { given: { reboot_timeout: 900 }, fits: ['reboot', 'restart'] },
];

test.each(cases)('$given fits $fits', ({ given, fits, message, hint }) => {
  for (const kind of kinds) {
    const check = () => checkFit(kind, given, kinds);
    if (fits.includes(kind.name)) expect(check).not.toThrow();
    else {
      const said = message === undefined ? {} : { message: message.replace('KIND', kind.name) };
      const details = { kind: kind.name, member: expect.stringMatching(/^\/strategy\/reboot/) };
      expect(check).toThrow(expect.objectContaining({ code: 'invalid_member', ...said, details }));
      if (hint !== undefined) expect(check).toThrow(expect.objectContaining({ hint }));
    }
  }
});

test('a reboot timeout without a reboot says how to get one', () => {
  expect(() => checkFit(upgradeKind(), { reboot_timeout: 900 }, kinds)).toThrow(
    expect.objectContaining({
      message: 'strategy.reboot_timeout: the kind upgrade reboots no host here, because reboot is "never"',
      hint: 'leave it out, or say with reboot when to reboot: if-needed or always',
    }),
  );
});
