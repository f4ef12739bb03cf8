import type { BasicCredentials } from '../client/credentials.ts';
import type { MintedToken } from '../client/tokens.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { joinedCluster } from './joined-cluster.ts';
import { instant } from './quantity.ts';
import { checkedUsername } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { includedFile } from './user-data/included-file.ts';
import { sizeWarnings } from './user-data/limits.ts';
import { multipart, type Part } from './user-data/multipart.ts';
import partHandler from './user-data/part-handler.py' with { type: 'text' };
import { writePrivateFile } from './user-data/private-file.ts';
import { registration } from './user-data/registration.ts';

export const userData = command({
  name: 'user-data',
  summary: 'Make a user-data file with which cloud-init registers a machine on its first boot',
  brief: 'Make a file for machines that register themselves',
  arguments: {},
  options: {
    endpoint: {
      type: 'text',
      short: 'e',
      placeholder: 'URL',
      required: true,
      summary: 'URL at which the machine reaches the server',
    },
    cluster: joinedCluster,
    address: {
      type: 'text',
      placeholder: 'ADDRESS',
      summary: 'address of the machine, instead of the one it registers from',
    },
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
      summary: 'user that the server logs in as; created if missing',
    },
    sshKeyPath: {
      type: 'text',
      short: 's',
      placeholder: 'FILE',
      summary: 'private key on the machine, created if missing; .ssh/id_rsa of that user',
    },
    authorizedKeysPath: {
      type: 'text',
      short: 'a',
      placeholder: 'FILE',
      summary: 'authorized keys file on the machine; .ssh/authorized_keys of that user',
    },
    deadline: {
      type: 'duration',
      minimum: 1,
      maximum: 86_400,
      default: 300,
      summary: 'time after which the machine gives up',
    },
    maxHosts: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      placeholder: 'N',
      default: 10,
      summary: 'how many machines can register with the file',
    },
    lifetime: {
      type: 'duration',
      minimum: 1,
      maximum: 30 * 24 * 3600,
      default: 3600,
      summary: 'how long the token is valid',
    },
    noToken: { type: 'flag', summary: 'put no credentials into the file, and request no token' },
    cloudInit: {
      type: 'text',
      short: 'C',
      placeholder: 'FILE',
      summary: 'cloud-config, script or other user-data to include',
    },
    outfile: {
      type: 'text',
      formerShort: 'o',
      placeholder: 'FILE',
      summary: 'where to write the file, instead of stdout',
    },
  },
  examples: [
    'commctl user-data -e https://jump.example.com --cluster web --max-hosts 20 --outfile web.userdata',
    'commctl user-data -e https://jump.example.com -u registrar -p --fingerprint 5F:3A:… --outfile web.userdata',
  ],
  async handler(context, { cloudInit, outfile, username, password, maxHosts, lifetime, noToken, ...wanted }) {
    const { terminal } = context;
    const included = cloudInit === undefined ? defaultConfig : await includedFile(cloudInit);
    const credentials = await credentialsOf(username, password, terminal);
    // Errors are reported before a token is minted.
    const checked = registration({ ...wanted, credentials });
    const { cluster, endpoint } = wanted;
    const takesToken = cluster !== undefined && credentials === undefined && !noToken;
    const minted = takesToken ? await tokenFor(context, { cluster, endpoint, maxHosts, lifetime }) : undefined;
    const host = minted === undefined ? checked : { ...checked, token: minted.token };
    // The handler must precede the part that it handles.
    const parts: Part[] = [
      included.part,
      { type: 'text/part-handler', fileName: 'part-handler.py', content: partHandler },
      {
        type: 'text/x-commissaire-host',
        fileName: 'commissaire-host.json',
        content: `${JSON.stringify(host, null, 2)}\n`,
      },
    ];
    const file = multipart(parts, `commissaire--${crypto.randomUUID()}`);
    const notes = [...included.warnings, ...warnings(endpoint, credentials, minted), ...sizeWarnings(file)];
    await terminal.stderr.write(notes.map((line) => `commctl: ${line}\n`).join(''));
    // As bytes, so that a cloud-config keeps its tabs on a terminal.
    if (outfile === undefined) await terminal.stdout.write(new TextEncoder().encode(file));
    else await writePrivateFile(outfile, file);
    return exitCode.done;
  },
});

const defaultConfig = {
  part: {
    type: 'text/cloud-config',
    fileName: 'cloud-init.txt',
    content: '#cloud-config\nfinal_message: "cloud-init has finished after $UPTIME seconds"\n',
  },
  warnings: [],
};

/** A user name alone is of no use to the machine; the original wrote a file that never worked. */
async function credentialsOf(
  username: string | undefined,
  withPassword: boolean,
  { stdin }: Terminal,
): Promise<BasicCredentials | undefined> {
  if (username === undefined && !withPassword) return undefined;
  if (username === undefined || !withPassword) {
    throw new UsageError('--username and --password go together', {
      hint: '--password asks for the password, which the file then contains in clear',
    });
  }
  const password = stdin.isTerminal
    ? await stdin.askSecret('Password: ')
    : new TextDecoder().decode(await stdin.read()).replace(/\r?\n$/, '');
  if (password === '') throw new UsageError('the password is empty');
  return { username: checkedUsername(username), password };
}

/** A token with which machines can register in the cluster, and nothing else. */
async function tokenFor(
  context: Context,
  { cluster, endpoint, maxHosts, lifetime }: { cluster: string; endpoint: string; maxHosts: number; lifetime: number },
): Promise<MintedToken> {
  const { tokens } = await context.connect({ otherwise: endpoint });
  return tokens.mint({ kind: 'registration', note: 'user-data', cluster, max_hosts: maxHosts, lifetime });
}

function warnings(
  endpoint: string,
  credentials: BasicCredentials | undefined,
  minted: MintedToken | undefined,
): string[] {
  return [
    aboutCredentials(credentials, minted),
    ...(/^http:/i.test(endpoint)
      ? ['warning: the endpoint is not https, so that private keys, passwords and tokens travel in clear']
      : []),
  ];
}

function aboutCredentials(credentials: BasicCredentials | undefined, minted: MintedToken | undefined): string {
  if (credentials !== undefined) {
    return `warning: the file holds the password of ${credentials.username} in clear, and so does every machine made with it`;
  }
  if (minted?.registration) {
    const { cluster, max_hosts } = minted.registration;
    const machines = max_hosts === 1 ? 'one machine' : `${max_hosts} machines`;
    const until = `${instant(minted.expires_at)} UTC`;
    return `the file holds the token ${minted.id}: whoever reads it can register ${machines} in ${cluster}, until ${until}`;
  }
  return 'warning: the file holds no credentials, so only a server that asks for none lets the machine in; see --cluster';
}
