/** Makes one fault after another that nobody handles, as a server with its log on standard error, and then ends. */
import { bunServerOptions } from '../../../src/api/bun-server.ts';
import { logConsole, logUnhandled } from '../../../src/server/unhandled.ts';
import { createLogger } from '../../../src/telemetry/log/log.ts';

const logger = createLogger({ level: 'info' });
logUnhandled(logger);
logConsole(logger);

const withSecret = Object.assign(new Error('thrown'), { body: 'marked-7f3a', cause: new Error('marked-7f3a') });
queueMicrotask(() => {
  throw withSecret;
});
void Promise.reject(new TypeError('rejected'));
setTimeout(() => {
  throw 'no error at all';
}, 1);
console.error(new RangeError('printed'));
console.warn('printed', { too: true });

const options = bunServerOptions(
  () => Promise.reject(new Error('of a request')),
  new AbortController().signal,
  () => ({ sentBy: '', transport: { kind: 'plain' } }),
);
const server = Bun.serve({ ...options, hostname: '127.0.0.1', port: 0 });
const { status } = await fetch(server.url);
await server.stop(true);
console.log = process.stdout.write.bind(process.stdout);
console.log(`still there, answered ${status}\n`);
