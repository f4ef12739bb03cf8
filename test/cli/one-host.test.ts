import { expect, test } from 'vitest';
import { oneHostIn } from '../../src/cli/one-host.ts';

test.each(['192.0.2.11', '2001:db8::7', 'host:192.0.2.11', 'host:web1', 'web1.example.com', ' h1 '])(
  '%j names one host',
  (target) => expect(oneHostIn(target)).toBe(target.trim().replace('host:', '')),
);

test.each(['all', 'cluster:web', 'label:rack=3', 'web[1-2]', 'h1,h2', 'h1 | h2', 'status:failed', ''])(
  '%j selects hosts',
  (target) => expect(oneHostIn(target)).toBe(undefined),
);
