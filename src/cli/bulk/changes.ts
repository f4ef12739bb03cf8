/** The commands that change the members of a host that a registration leaves as they are, each once. */
export function changesOf(host: string, members: readonly string[]): string[] {
  return [...new Set(members.map((member) => commands[member] ?? ''))]
    .filter((command) => command !== '')
    .map((command) => `commctl ${command.replaceAll('HOST', host)}`);
}

const creds = 'host creds HOST KEY_FILE';

const commands: Readonly<Record<string, string>> = {
  remote_user: `${creds} --remote-user USER`,
  port: `${creds} --port N`,
  proxy_jump: `${creds} --proxy-jump ADDRESSES`,
  host_key: 'host key accept HOST SHA256:…',
  name: 'host rename HOST NAME',
  labels: 'host label HOST KEY=VALUE',
};
