import { describe, expect, test } from 'vitest';
import { masked, unmasked } from '../../src/container-managers/masking.ts';
import { checkedOptions } from '../../src/container-managers/options.ts';
import { failureOf } from '../support/ssh.ts';

const server_url = 'https://192.0.2.1:6443';

describe('options that will do', () => {
  const cases: Array<[string, Record<string, unknown>]> = [
    ['only the URL', { server_url }],
    ['plain HTTP without credentials', { server_url: 'http://192.0.2.1:8080' }],
    ['plain HTTP with credentials on this machine', { server_url: 'http://127.0.0.1:8080', token: 'a' }],
    ['plain HTTP with credentials, said aloud', { server_url: 'http://192.0.2.1', token: 'a', insecure: true }],
    ['a password with a colon', { server_url, username: 'a', password: 'b:c' }],
    ['an authority as text', { server_url, certificate_authority: '-----BEGIN CERTIFICATE-----\nMII' }],
  ];

  test.each(cases)('%s', (_, options) => {
    expect(checkedOptions('openshift', options)).toEqual(options);
  });

  test('words stand for truth on a command line', () => {
    expect(checkedOptions('kubernetes', { server_url, insecure: 'false' })).toEqual({ server_url, insecure: false });
  });

  test('the manual of the original calls the URL apiserver', () => {
    expect(checkedOptions('openshift', { apiserver: server_url, token: 'a' })).toEqual({ server_url, token: 'a' });
  });

  test('a mask stands for the kept secret where the apiserver is the same, and only there', () => {
    const kept = { server_url, token: 'a' };
    expect(unmasked({ apiserver: `${server_url}/api`, token: '***' }, kept)).toMatchObject({ token: 'a' });
    const moved = { apiserver: 'https://192.0.2.66:6443', token: '***' };
    expect(() => unmasked(moved, kept)).toThrow('another server_url');
    expect(() => unmasked({ ...moved, server_url }, kept)).not.toThrow();
    expect(() => checkedOptions('openshift', { ...moved, server_url, token: 'a' })).toThrow(
      'another name of server_url',
    );
  });

  test('nothing is asked of a trivial one', () => {
    expect(checkedOptions('trivial', { anything: 1 })).toEqual({ anything: 1 });
  });
});

test.each([
  { server_url, token: 'hidden value' },
  { server_url, username: 'a', password: 'hidden\nvalue' },
  { server_url: 'https://a:hidden@192.0.2.1' },
  { server_url: 'http://127.hidden.example.com', token: 'hidden' },
  { server_url, hidden_value: 'hidden' },
])('what is wrong is told without repeating it: %j', async (options) => {
  const error = await failureOf(Promise.resolve().then(() => checkedOptions('kubernetes', options)));
  expect(error).toMatchObject({ code: 'invalid_member', message: expect.not.stringMatching(/hidden( |\n|$|@)/) });
});

describe('secrets', () => {
  const options = { server_url, token: 'secret' };
  const shown = { server_url, token: '***' };

  test('are masked, and kept when the mask comes back', () => {
    expect(masked(options)).toEqual(shown);
    expect(unmasked(shown, options)).toEqual(options);
    expect(unmasked({ ...shown, token: 'other' }, options)).toEqual({ server_url, token: 'other' });
  });

  test('that are not there cannot be kept', async () => {
    const error = await failureOf(Promise.resolve().then(() => unmasked(shown, { server_url })));
    expect(error).toMatchObject({ code: 'invalid_member', details: { member: '/options/token' } });
  });
});
