/** The variables of each setting of a login; when several of them are set, the last one counts, as in Ansible. */
export const loginVariables = {
  address: ['ansible_host', 'ansible_ssh_host'],
  user: ['ansible_user', 'ansible_ssh_user'],
  port: ['ansible_port', 'ansible_ssh_port'],
  key: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  connection: ['ansible_connection'],
  sshArguments: ['ansible_ssh_args'],
  commonArguments: ['ansible_ssh_common_args'],
  extraArguments: ['ansible_ssh_extra_args'],
} as const;

const names: ReadonlySet<string> = new Set(Object.values(loginVariables).flat());

/** Whether a variable says how Ansible logs in to a host by SSH. */
export function isLoginVariable(name: string): boolean {
  return names.has(name);
}
