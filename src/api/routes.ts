import { auditRoutes } from './audit.ts';
import { readBase64, readJsonArray, readJsonObject } from './body.ts';
import { budgetRoutes } from './budgets.ts';
import { clusterRoutes } from './clusters.ts';
import { containerManagerRoutes } from './container-managers.ts';
import type { Services } from './context.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { documentRoutes } from './document.ts';
import { isJsonPatch } from './document-change.ts';
import { eventRoutes } from './events.ts';
import { Elysia } from './framework.ts';
import { hostRoutes } from './hosts.ts';
import { networkRoutes } from './networks.ts';
import { operationRoutes } from './operations.ts';
import { roleBindingRoutes } from './role-bindings.ts';
import { roleRoutes } from './roles.ts';
import { secretKeyRoutes } from './secret-keys.ts';
import { isSecretBytes, secretRoutes } from './secrets.ts';
import { systemRoutes } from './system.ts';
import { tokenRoutes } from './tokens.ts';
import { validationProblem } from './validation.ts';
import { viewerRoutes } from './viewer/routes.ts';

/** Answers a request that failed. */
export type FailureResponder = (error: unknown, request: Request) => Response;

/** Every route there is. Who may use which is not decided here: see the table of permissions. */
export function createRoutes(services: Services, fail: FailureResponder) {
  // The default way of dropping unknown members makes an empty object of whatever stands where an object belongs.
  return new Elysia({ name: 'api', normalize: 'typebox' })
    .onParse({ as: 'global' }, async ({ request }) => {
      if (isSecretBytes(request)) return { type: 'simple', value: await readBase64(request) };
      return isJsonPatch(request) ? readJsonArray(request) : readJsonObject(request);
    })
    .onError({ as: 'global' }, ({ error, code, request }) => fail(foreseen(code, error), request))
    .use(systemRoutes(services))
    .use(documentRoutes())
    .use(viewerRoutes())
    .use(hostRoutes(services))
    .use(clusterRoutes(services))
    .use(networkRoutes(services))
    .use(containerManagerRoutes(services))
    .use(operationRoutes(services))
    .use(budgetRoutes(services))
    .use(tokenRoutes(services))
    .use(roleRoutes(services))
    .use(roleBindingRoutes(services))
    .use(eventRoutes(services))
    .use(deadLetterRoutes(services))
    .use(auditRoutes(services))
    .use(secretKeyRoutes(services))
    .use(secretRoutes(services));
}

/** What the framework wraps or words in its own way, as our own. */
function foreseen(code: string | number, error: unknown): unknown {
  if (code === 'VALIDATION') return validationProblem(error);
  return code === 'PARSE' && error instanceof Error ? error.cause : error;
}
