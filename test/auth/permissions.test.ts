import { expect, test } from 'vitest';
import { allows, type Permission } from '../../src/auth/permissions.ts';

test.each<[string[], Permission, boolean]>([
  [['admin'], 'host:write', true],
  [['admin'], 'record:import', true],
  [['admin'], 'public', true],
  [[], 'public', true],
  [[], 'host:read', false],
  [['administrator'], 'host:read', false],
])('the roles %j for %s: %s', (roles, permission, allowed) => {
  expect(allows({ roles }, permission)).toBe(allowed);
});
