import { expect, test } from 'vitest';
import { exposition } from '../../../src/telemetry/metrics/exposition.ts';
import { gauge, gaugeBy } from '../../../src/telemetry/metrics/family.ts';
import { Distribution, Tally } from '../../../src/telemetry/metrics/tally.ts';

const named = { name: 'a_seconds', help: 'How long' };

test('a histogram has cumulative buckets, sum and count, by label', async () => {
  const distribution = new Distribution({ ...named, labels: ['phase'], buckets: [0.1, 1] });
  for (const value of [0.05, 0.1, 0.5, 7]) distribution.observe(['tcp'], value);
  distribution.observe(['banner'], 2);
  expect((await exposition([distribution.family()], 'text')).trim().split('\n')).toEqual([
    '# HELP a_seconds How long',
    '# TYPE a_seconds histogram',
    'a_seconds_bucket{phase="tcp",le="0.1"} 2',
    'a_seconds_bucket{phase="tcp",le="1"} 3',
    'a_seconds_bucket{phase="tcp",le="+Inf"} 4',
    'a_seconds_sum{phase="tcp"} 7.65',
    'a_seconds_count{phase="tcp"} 4',
    'a_seconds_bucket{phase="banner",le="0.1"} 0',
    'a_seconds_bucket{phase="banner",le="1"} 0',
    'a_seconds_bucket{phase="banner",le="+Inf"} 1',
    'a_seconds_sum{phase="banner"} 2',
    'a_seconds_count{phase="banner"} 1',
  ]);
});

test('a counter ends in _total in both forms, and its label values are escaped', async () => {
  const tally = new Tally({ name: 'a_total', help: 'How many', labels: ['hook'] });
  tally.add(['a "b"\n\\c'], 2);
  tally.add(['a "b"\n\\c']);
  const sample = 'a_total{hook="a \\"b\\"\\n\\\\c"} 3';
  expect(await exposition([tally.family()], 'text')).toContain(`# TYPE a_total counter\n${sample}\n`);
  expect(await exposition([tally.family()], 'openmetrics')).toBe(
    `# HELP a How many\n# TYPE a counter\n${sample}\n# EOF\n`,
  );
});

test('a counter without labels begins at 0; an unknown value is left out', async () => {
  const tally = new Tally({ name: 'a_total', help: 'h', labels: [] });
  expect(await exposition([tally.family()], 'text')).toContain('\na_total 0\n');
  expect(await exposition([gauge('b', 'h', undefined), gauge('c', 'h', 1)], 'text')).not.toContain('b');
  expect(await exposition([gaugeBy('d', 'h', 'x', [['y', 4]])], 'text')).toContain('d{x="y"} 4');
});

test('the number of combinations of label values is bounded', () => {
  const tally = new Tally({ name: 'a_total', help: 'h', labels: ['x'] });
  for (let at = 0; at < 20_000; at += 1) tally.add([String(at)]);
  tally.add(['0']);
  const { samples } = tally.family();
  expect(samples.length).toBeLessThanOrEqual(5_000);
  expect(samples[0]).toEqual({ labels: ['0'], value: 2 });
});
