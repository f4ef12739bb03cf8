import type { TSchema } from '@sinclair/typebox';
import { JsonPatch } from '../document-change.ts';
import { routeGroups } from '../route-groups.ts';
import { Problem } from './problem-responses.ts';

/** The schemas that the API document names. */
export const namedSchemas: Readonly<Record<string, TSchema>> = {
  ...Object.fromEntries(routeGroups.flatMap(({ schemas }) => Object.entries(schemas))),
  JsonPatch,
  Problem,
};
