import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { describeError } from '../lib/errors.ts';
import type { HostOutcome } from './entry.ts';
import type { Kind, Step } from './kind.ts';

/** A kind whose functions receive its parameters typed by their schema. */
interface DefinedKind<Asked extends TSchema, Kept extends TSchema>
  extends Omit<Kind, 'parameters' | 'steps' | 'disrupts'> {
  /** The parameters of a request; the API document shows them. */
  readonly parameters: Asked;
  /** The parameters as they are stored, where `freeze` changes them. */
  readonly kept?: Kept;
  readonly disrupts?: (parameters: Static<Kept>) => boolean;
  readonly steps: (parameters: Static<Kept>) => readonly Step[];
}

/** Makes a kind. Its parameters are parsed here, once for each use. */
export function defineKind<Asked extends TSchema, Kept extends TSchema = Asked>(
  definition: DefinedKind<Asked, Kept>,
): Kind {
  const { kept, disrupts, steps, ...kind } = definition;
  const schema: TSchema = kept ?? kind.parameters;
  const parse = (parameters: Record<string, unknown>): Static<Kept> => Value.Parse(schema, parameters);
  const stepsOf = (parameters: Record<string, unknown>) => {
    const list = steps(parse(parameters));
    const names = new Set(list.map(({ name }) => name));
    if (list.length === 0 || names.size < list.length)
      throw new Error(`the steps of ${kind.name} have no names of their own`);
    return list;
  };
  return {
    ...kind,
    ...(disrupts === undefined
      ? {}
      : { disrupts: (parameters) => !Value.Check(schema, parameters) || disrupts(parse(parameters)) }),
    steps: (parameters) => stepsOrFailure(() => stepsOf(parameters)),
  };
}

/** Parameters of an earlier build that cannot be parsed any more fail on each host, so that the operation ends. */
function stepsOrFailure(make: () => readonly Step[]): readonly Step[] {
  try {
    return make();
  } catch (error) {
    const message = `the operation has no steps for its parameters: ${describeError(error)}`;
    const fail = async (): Promise<HostOutcome> => {
      return { state: 'failed', exit_code: null, error: { code: 'invalid_member', message } };
    };
    return [{ name: 'parameters', acts: [], run: fail, judge: fail }];
  }
}
