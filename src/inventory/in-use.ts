import { AppError } from '../lib/errors.ts';

/** The error when something cannot be deleted because a cluster names it. */
export function inUse(what: string, cluster: string, member: 'network' | 'container_manager'): AppError {
  const option = member.replace('_', '-');
  return new AppError('in_use', `${what} is used by the cluster ${cluster}`, {
    hint: `give the cluster another one with \`commctl cluster create --${option} NAME ${cluster}\`; its hosts stay`,
    details: { cluster },
  });
}
