import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../../support/temporary.ts';

const handler = join(import.meta.dirname, '../../../src/cli/user-data/part-handler.py');

/** Loads the handler as cloud-init does, with short waits, and calls it: DIRECTORY handle TYPE | DIRECTORY register. */
const driver = `
import importlib.util, sys
directory, what, *rest = sys.argv[1:]
spec = importlib.util.spec_from_file_location("part_handler", directory + "/handlers/part-handler-001.py")
handler = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handler)
handler.SSHD_PATIENCE, handler.FIRST_PAUSE, handler.GRACE = 0, 0.05, 2
if what == "register":
    sys.exit(handler.main([directory + "/commissaire-host.json"]))
assert rest[0] in handler.list_types() or rest[0].startswith("__") and handler.handler_version == 2
handler.handle_part(None, rest[0], "commissaire-host.json", sys.stdin.read(), "once-per-instance")
`;

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** The directory that cloud-init has for one instance, with the handler in it. */
export class Instance implements Disposable {
  readonly #directory = temporaryDirectory();

  constructor() {
    mkdirSync(this.at('handlers'));
    copyFileSync(handler, this.at('handlers/part-handler-001.py'));
  }

  at(path: string): string {
    return join(this.#directory.path, path);
  }

  /** What keeps the files of the machine in here. */
  get paths() {
    return { ssh_key_path: this.at('home/.ssh/id_rsa'), authorized_keys_path: this.at('home/.ssh/authorized_keys') };
  }

  /** Gives the handler a part. */
  handle(part: unknown, type = 'text/x-commissaire-host'): Promise<Ended> {
    return this.#run(['handle', type], typeof part === 'string' ? part : JSON.stringify(part));
  }

  /** Registers with a private key that is there already. */
  register(members: object, key: string | Uint8Array = privateKey): Promise<Ended> {
    mkdirSync(this.at('home/.ssh'), { recursive: true });
    writeFileSync(this.paths.ssh_key_path, key);
    writeFileSync(this.at('commissaire-host.json'), JSON.stringify({ ...this.paths, ...members }));
    return this.#run(['register'], '');
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }

  async #run(words: readonly string[], input: string): Promise<Ended> {
    const child = spawn('python3', ['-c', driver, this.at('.'), ...words]);
    const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
    child.stdin.end(input);
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { exitCode, stdout, stderr };
  }
}

/** The handler sends it as it is: whether it is a key is for the server to say. */
export const privateKey = '-----BEGIN KEY-----\nc2VjcmV0\n';
