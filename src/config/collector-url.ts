import { fault, type Given } from './given.ts';
import { readText } from './values.ts';

/** @throws AppError `invalid_configuration` for anything but an http(s) URL */
export function readCollectorUrl(given: Given): string {
  const url = URL.parse(readText(given));
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return url.href;
  throw fault(
    given.where,
    'the URL of the collector cannot be used',
    'give one such as http://127.0.0.1:4318, without a user; credentials go into otlp-headers-file',
  );
}
