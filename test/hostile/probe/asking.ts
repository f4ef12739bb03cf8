import { FuzzConnection } from '../fuzz/connection.ts';

/**
 * A process that asks `GET /livez` again and again over a connection of its own. On each line of its standard input it
 * prints the longest that an answer took since the line before, in milliseconds, and ends with its input.
 */
const [url = ''] = process.argv.slice(2);
const pauseMs = 3;
const request = Buffer.from('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');

let longest = 0;
let begun = performance.now();
let isUnderWay = false;

process.stdin.on('data', (bytes) => {
  for (const _ of bytes.toString().split('\n').slice(1)) {
    // One that is still waited for counts with what it has waited until now.
    process.stdout.write(`${Math.max(longest, isUnderWay ? performance.now() - begun : 0)}\n`);
    longest = 0;
  }
});
process.stdin.on('end', () => process.exit());

using connection = new FuzzConnection(url);
while (true) {
  begun = performance.now();
  isUnderWay = true;
  await connection.send('GET', request);
  isUnderWay = false;
  longest = Math.max(longest, performance.now() - begun);
  await Bun.sleep(pauseMs);
}
