import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

/** The receiving side of sd_notify(3): no part of Bun or Node can read such a socket. */
const receiver = String.raw`
import json, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + name[1:] if name[0] == "@" else name)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(s.recv(65536).decode()), flush=True)
`;

/** A service manager that listens at a name: a path, or `@` and an abstract name. It is ended when the scope ends. */
export class NotifySocket implements Disposable {
  /** What came, a message each, as a map of its variables. */
  readonly messages: ReadonlyMap<string, string>[] = [];
  readonly #process;
  #isListening = false;

  private constructor(readonly name: string) {
    this.#process = spawn('python3', ['-c', receiver, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const message: unknown = JSON.parse(line);
      if (message === 'listening') this.#isListening = true;
      else this.messages.push(variablesIn(String(message)));
    });
  }

  static async open(name: string): Promise<NotifySocket> {
    const socket = new NotifySocket(name);
    await until(() => socket.#isListening);
    return socket;
  }

  /** Waits for a message that has this line. Returns its place among the messages. */
  async told(variable: string, value: string): Promise<number> {
    const place = () => this.messages.findIndex((message) => message.get(variable) === value);
    await until(() => place() >= 0);
    return place();
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}

function variablesIn(message: string): ReadonlyMap<string, string> {
  return new Map(
    message.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
