import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { BasicCredentials } from '../client/credentials.ts';
import { command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkedUsername } from './settings.ts';
import { systemReason } from './system-reason.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { multipart, type Part } from './user-data/multipart.ts';
import partHandler from './user-data/part-handler.py' with { type: 'text' };
import { writePrivateFile } from './user-data/private-file.ts';
import { registration } from './user-data/registration.ts';

export const userData = command({
  name: 'user-data',
  summary: 'Make a user-data file with which cloud-init registers a machine on its first boot',
  arguments: {},
  options: {
    endpoint: {
      type: 'text',
      short: 'e',
      placeholder: 'URL',
      required: true,
      summary: 'server that the machine registers with',
    },
    cluster: { type: 'text', short: 'c', placeholder: 'NAME', summary: 'cluster it joins' },
    address: { type: 'text', placeholder: 'ADDRESS', summary: 'its address, instead of the one it registers from' },
    username: { type: 'text', short: 'u', placeholder: 'NAME', summary: 'user to register as; needs --password' },
    password: {
      type: 'flag',
      short: 'p',
      summary:
        'ask for the password of that user, and put it into the file in clear; not on a terminal: read it from stdin',
    },
    fingerprint: {
      type: 'text',
      short: 'f',
      placeholder: 'SHA256',
      summary: 'fingerprint of the only certificate the server may show',
    },
    remoteUser: {
      type: 'text',
      short: 'r',
      placeholder: 'USER',
      default: 'root',
      summary: 'user that the server logs in as; made if need be',
    },
    sshKeyPath: {
      type: 'text',
      short: 's',
      placeholder: 'FILE',
      summary: 'private key on the machine, made if need be; .ssh/id_rsa of that user',
    },
    authorizedKeysPath: {
      type: 'text',
      short: 'a',
      placeholder: 'FILE',
      summary: 'file there with the keys that may log in; .ssh/authorized_keys of that user',
    },
    deadline: {
      type: 'integer',
      minimum: 1,
      maximum: 86_400,
      placeholder: 'S',
      default: 300,
      summary: 'seconds after which the machine gives up to register',
    },
    cloudInit: { type: 'text', short: 'C', placeholder: 'FILE', summary: 'cloud-config to put in as well' },
    outfile: { type: 'text', short: 'o', placeholder: 'FILE', summary: 'where to write it, instead of stdout' },
  },
  examples: [
    'commctl user-data -e https://jump.example.com -c web -o web.userdata',
    'commctl user-data -e https://jump.example.com -u registrar -p --fingerprint 5F:3A:… -o web.userdata',
  ],
  async handler({ terminal }, { cloudInit, outfile, username, password, ...wanted }) {
    const config = cloudInit === undefined ? defaultConfig : await configOf(cloudInit);
    const credentials = await credentialsOf(username, password, terminal);
    const host = registration({ ...wanted, credentials });
    // The handler has to be there before the part it handles.
    const parts: Part[] = [
      config,
      { subtype: 'part-handler', fileName: 'part-handler.py', text: partHandler },
      { subtype: 'x-commissaire-host', fileName: 'commissaire-host.json', text: `${JSON.stringify(host, null, 2)}\n` },
    ];
    const file = multipart(parts, `commissaire--${crypto.randomUUID()}`);
    await terminal.stderr.write(
      warnings(wanted.endpoint, credentials)
        .map((line) => `commctl: ${line}\n`)
        .join(''),
    );
    if (outfile === undefined) await terminal.stdout.write(file);
    else await writePrivateFile(outfile, file);
    return exitCode.done;
  },
});

const defaultConfig: Part = {
  subtype: 'cloud-config',
  fileName: 'cloud-init.txt',
  text: '#cloud-config\nfinal_message: "cloud-init has finished after $UPTIME seconds"\n',
};

async function configOf(path: string): Promise<Part> {
  try {
    return { subtype: 'cloud-config', fileName: basename(path), text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}`, { cause: error });
  }
}

/** A user name alone would be of no use to the machine; the original wrote a file that never worked. */
async function credentialsOf(
  username: string | undefined,
  withPassword: boolean,
  { stdin }: Terminal,
): Promise<BasicCredentials | undefined> {
  if (username === undefined && !withPassword) return undefined;
  if (username === undefined || !withPassword) {
    throw new UsageError('--username and --password go together', {
      hint: '--password asks for the password, which the file then holds in clear',
    });
  }
  const password = stdin.isTerminal
    ? await stdin.askSecret('Password: ')
    : new TextDecoder().decode(await stdin.read()).replace(/\r?\n$/, '');
  if (password === '') throw new UsageError('the password is empty');
  return { username: checkedUsername(username), password };
}

function warnings(endpoint: string, credentials: BasicCredentials | undefined): string[] {
  return [
    credentials === undefined
      ? 'warning: the file holds no credentials, so only a server that asks for none lets the machine in; see --password'
      : `warning: the file holds the password of ${credentials.username} in clear, and so does every machine made with it`,
    ...(/^http:/i.test(endpoint)
      ? ['warning: the endpoint is not https, so that private keys and passwords travel in clear']
      : []),
  ];
}
