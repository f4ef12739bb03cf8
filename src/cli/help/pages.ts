import airGap from '../../../docs/air-gap.md' with { type: 'file' };
import algorithms from '../../../docs/algorithms.md' with { type: 'file' };
import api from '../../../docs/api.md' with { type: 'file' };
import audit from '../../../docs/audit.md' with { type: 'file' };
import backups from '../../../docs/backups.md' with { type: 'file' };
import comingFromAnsible from '../../../docs/coming-from-ansible.md' with { type: 'file' };
import comingFromCommissaire from '../../../docs/coming-from-commissaire.md' with { type: 'file' };
import commctl from '../../../docs/commctl.md' with { type: 'file' };
import concepts from '../../../docs/concepts.md' with { type: 'file' };
import configuration from '../../../docs/configuration.md' with { type: 'file' };
import containerManagers from '../../../docs/container-managers.md' with { type: 'file' };
import errors from '../../../docs/errors.md' with { type: 'file' };
import events from '../../../docs/events.md' with { type: 'file' };
import install from '../../../docs/install.md' with { type: 'file' };
import monitoring from '../../../docs/monitoring.md' with { type: 'file' };
import operating from '../../../docs/operating.md' with { type: 'file' };
import operations from '../../../docs/operations.md' with { type: 'file' };
import plugins from '../../../docs/plugins.md' with { type: 'file' };
import quickStart from '../../../docs/quick-start.md' with { type: 'file' };
import roles from '../../../docs/roles.md' with { type: 'file' };
import secrets from '../../../docs/secrets.md' with { type: 'file' };
import targets from '../../../docs/targets.md' with { type: 'file' };
import threatModel from '../../../docs/threat-model.md' with { type: 'file' };
import tokens from '../../../docs/tokens.md' with { type: 'file' };
import troubleshooting from '../../../docs/troubleshooting.md' with { type: 'file' };
import userData from '../../../docs/user-data.md' with { type: 'file' };

/** The paths of the pages: in the compiled file, which contains them, or in the repository. */
const paths = {
  'air-gap': airGap,
  algorithms,
  api,
  audit,
  'coming-from-ansible': comingFromAnsible,
  'coming-from-commissaire': comingFromCommissaire,
  backups,
  commctl,
  concepts,
  configuration,
  'container-managers': containerManagers,
  errors,
  events,
  install,
  monitoring,
  operating,
  operations,
  plugins,
  'quick-start': quickStart,
  roles,
  secrets,
  targets,
  'threat-model': threatModel,
  tokens,
  troubleshooting,
  'user-data': userData,
};

export type PageName = keyof typeof paths;

/** The text of a page, in Markdown. */
export function pageText(name: PageName): Promise<string> {
  return Bun.file(paths[name]).text();
}
