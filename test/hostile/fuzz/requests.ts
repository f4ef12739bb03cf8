import type { JsonObject } from '../../../src/api/openapi/written-schema.ts';
import type { ApiDocument, Route } from './api-document.ts';
import { type Body, bodyOf } from './bodies.ts';
import type { Caller } from './callers.ts';
import { callers } from './callers.ts';
import { type Framing, headersOf } from './headers.ts';
import { Random } from './random.ts';
import { targetOf } from './targets.ts';
import { type KnownValues, ValidValues } from './valid-values.ts';

/** One request as it is sent. */
export interface FuzzedRequest {
  readonly index: number;
  readonly route: Route;
  readonly method: string;
  readonly target: string;
  readonly caller: Caller;
  /** Lines `Name: value`, without those of the framing and of the caller. */
  readonly headers: readonly string[];
  readonly framing: Framing;
  readonly body: Buffer;
  /** What is wrong with the body. */
  readonly trick: string;
  /** Whether it comes to the route, which answers as the document says. */
  readonly isRouted: boolean;
}

/** Makes requests of the document's routes, the same one for the same seed and index. */
export class Requests {
  readonly #routes: readonly Route[];
  /** Those with a body, which have more that can be wrong. */
  readonly #taking: readonly Route[];
  readonly #values: ValidValues;
  readonly #known: KnownValues;
  readonly #seed: number;

  constructor(document: ApiDocument, known: KnownValues, seed: number) {
    this.#routes = document.routes;
    this.#taking = document.routes.filter(({ bodies }) => bodies.length > 0);
    this.#values = new ValidValues(document, known);
    this.#known = known;
    this.#seed = seed;
  }

  at(index: number): FuzzedRequest {
    const random = new Random(this.#seed * 1_000_003 + index);
    const route = random.pick(random.chance(0.4) ? this.#taking : this.#routes);
    const target = targetOf(route, random, this.#known, this.#values);
    const method = random.chance(0.97) ? route.method : random.pick(otherMethods);
    const taken = route.bodies.length === 0 ? undefined : random.pick(route.bodies);
    const { bytes, trick } = taken === undefined ? this.#unasked(random) : this.#asked(taken.schema, random);
    return {
      index,
      route,
      method,
      target: target.text,
      caller: random.pick(callers),
      headers: headersOf(route.headers, taken?.type, random),
      framing: random.chance(0.1) ? 'chunks' : 'length',
      body: bytes,
      trick,
      isRouted: target.isRouted && method === route.method,
    };
  }

  #asked(schema: JsonObject, random: Random): Body {
    return bodyOf(this.#values.of(schema, random), random);
  }

  /** A route without a body has to put up with one. */
  #unasked(random: Random): Body {
    return random.chance(0.05) ? bodyOf({ a: [1, { b: 'c' }] }, random) : { bytes: Buffer.alloc(0), trick: 'no body' };
  }
}

/** Those that a server answers for every path; a method that HTTP does not know is a case in `wire/`. */
const otherMethods = ['HEAD', 'OPTIONS', 'GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'];
