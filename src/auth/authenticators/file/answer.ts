import { isObject } from '../../../lib/objects.ts';
import { isSubject } from '../../../lib/subjects.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName } from '../prefixed-names.ts';

/**
 * Reads the answer of a plugin file. Of an identity only name and subjects count: a plugin cannot give permissions.
 *
 * @throws Error for an invalid answer, which refuses the request
 */
export function readAnswer(answer: unknown, method: string): Identity | 'pass' | Refusal | Response {
  if (answer === 'pass') return 'pass';
  if (answer instanceof Response) return ownResponse(answer);
  if (!isObject(answer)) throw new Error(`it answered with ${describe(answer)}`);
  if (answer.refused !== undefined) return refusalOf(answer);
  const { name, subjects = [`user:${name}`] } = answer;
  if (!isName(name)) throw new Error('it answered with an identity that has no usable name');
  if (!Array.isArray(subjects) || !subjects.every((one) => typeof one === 'string' && isSubject(one))) {
    throw new Error(`it answered with subjects for ${name} that are none`);
  }
  return { name, method, subjects };
}

function refusalOf({ refused, claimed }: Record<string, unknown>): Refusal {
  if (typeof refused !== 'string') throw new Error('it refused without saying why');
  return typeof claimed === 'string' ? { refused, claimed } : { refused };
}

/** A copy, because headers are added to it. */
function ownResponse(response: Response): Response {
  if (response.bodyUsed) throw new Error('it answered with a response that was used before');
  const { status, statusText, headers, body } = response;
  return new Response(body, { status, statusText, headers });
}

function describe(value: unknown): string {
  return typeof value === 'string' ? 'a text that is not "pass"' : String(value);
}
