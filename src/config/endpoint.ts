import { canonicalAddress } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { isLoopback } from '../lib/loopback.ts';
import { fault, type Given } from './given.ts';
import { readText } from './values.ts';

/** An address and a port to listen on; port 0 takes any free one. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const form = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;
const example = 'give ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464';

/** @throws AppError `invalid_configuration` */
export function readEndpoint(given: Given): Endpoint {
  const text = readText(given);
  const [, six, four = six ?? '', port = ''] = form.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw fault(given.where, `"${text}" is not an address and a port`, example);
  try {
    return { address: canonicalAddress(four), port: Number(port) };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw fault(given.where, `"${text}" is not an address and a port: ${cause.message}`, example, cause);
  }
}

/**
 * Metrics on an address that other machines can reach need an explicit option: whoever is there can read them.
 *
 * @throws AppError `invalid_configuration`
 */
export function refuseOpenMetrics(given: Given | undefined, isAllowed: boolean): void {
  if (given === undefined || isAllowed) return;
  const { address } = readEndpoint(given);
  if (isLoopback(address)) return;
  const problem = `metrics on ${address} could be read by every machine that reaches it, without credentials`;
  throw fault(given.where, problem, 'listen on 127.0.0.1, use /metrics of the API, or accept that with metrics-open');
}
