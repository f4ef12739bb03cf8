import { Type as t } from '@sinclair/typebox';
import { Token, TokenGrant } from '../auth/tokens/token.ts';
import { SecretValue } from '../inventory/secret.ts';
import { HandshakeWindow } from '../operations/handshake-window.ts';
import { Operation, OperationHost } from '../operations/operation.ts';

/**
 * The schemas of stored values that are never answered as they are; the others in the catalogue have the schema of
 * their noun.
 */

const { outcome: _, cancelling: __, ...kept } = Operation.properties;
const { status, waiting_for, reason, finished_at, counts, handshake_window, ...asked } = kept;
const nullable = (value: Parameters<typeof t.Union>[0][number]) => t.Union([value, t.Null()]);
const place = t.Object({ sequence: t.Integer(), hash: t.String() });
const clusters = t.Optional(t.Array(t.String()));

export const StoredFlag = t.Literal(true);
export const StoredChunk = t.Uint8Array();
export const StoredText = t.String();
export const StoredNames = t.Array(t.String());
export const StoredVersion = t.Object({ version: t.Integer(), after: t.Optional(t.String()) });

export const StoredUpgrade = t.Object({ version: t.String(), at: t.String(), isDone: t.Boolean() });

export const StoredAddress = t.Object({ address: t.String() });
export const StoredMembership = t.Object({ cluster: t.String() });
export const StoredMember = t.Object({ joined: t.String() });
export const StoredRoster = t.Object({ change: t.String() });
export const StoredNode = t.Object({ manager: t.String(), address: t.String() });
export const StoredSecret = t.Object({ value: SecretValue, isBytes: t.Boolean() });
export const StoredContainer = t.Object({ members: t.Integer() });

/** The request of an operation. */
export const StoredOperation = t.Object({ ...asked, identity: t.String(), clusters, gates_checked: t.Boolean() });
/** The progress of an operation. */
export const StoredProgress = t.Object({
  status,
  waiting_for,
  reason,
  finished_at,
  counts,
  handshake_window: nullable(HandshakeWindow),
  control: t.Object({
    paused: t.Boolean(),
    promoted: t.Boolean(),
    cancel: t.Union([t.Literal('no'), t.Literal('after_machines'), t.Literal('now')]),
    known: t.Object({ failed: t.Integer(), unreachable: t.Integer() }),
    stopped: t.Optional(t.String()),
  }),
});
export const StoredOperationHost = t.Object({
  ...OperationHost.properties,
  intent: nullable(t.Object({ act: t.String() })),
  untidy: t.Boolean(),
  step: t.Optional(
    t.Object({ index: t.Integer(), name: t.String(), exit_code: nullable(t.Integer()), untidy: t.Boolean() }),
  ),
  undo: t.Optional(t.Object({ step: t.Integer(), outcome: t.Object({ state: t.String() }) })),
});
export const StoredLogSize = t.Object({ bytes: t.Integer({ minimum: 0 }), removing: t.Optional(t.Boolean()) });
export const StoredScope = t.Object({ cluster: t.String(), clusters });
export const StoredReference = t.Object({ operation: t.String() });
export const StoredNumber = t.Object({ number: t.Integer({ minimum: 1 }) });
export const StoredPreparing = t.Object({ locks: t.Array(t.String()) });
export const StoredLease = t.Object({ epoch: t.Integer({ minimum: 1 }) });
const by = t.String();
export const StoredCommand = t.Object({
  command: t.Union([
    t.Object({ by, act: t.Union([t.Literal('pause'), t.Literal('resume'), t.Literal('promote')]) }),
    t.Object({ by, act: t.Literal('cancel'), now: t.Boolean() }),
    t.Object({ by, act: t.Literal('skip'), host: t.String() }),
  ]),
  at: t.String(),
  refused: t.Optional(
    t.Object({
      code: t.String(),
      message: t.String(),
      hint: t.Optional(t.String()),
      details: t.Optional(t.Record(t.String(), t.Unknown())),
    }),
  ),
});
export const StoredLeftDown = t.Object({
  operation: t.String(),
  why: t.Union([t.Literal('unreachable'), t.Literal('unhealthy')]),
});
const mode = t.String();
export const StoredManifest = t.Object({
  root: t.String(),
  directoryMode: nullable(mode),
  directories: t.Array(t.Object({ path: t.String(), mode })),
  files: t.Array(t.Object({ path: t.String(), size: t.Integer(), sha256: t.String(), mode })),
});
export const StoredManifestUse = t.Object({ operations: t.Integer({ minimum: 0 }) });

export const StoredCursor = t.Object({ sequence: t.Integer() });
export const StoredTrailHead = t.Object({ ...place.properties, anchor: place, open: t.Array(t.Integer()) });
export const StoredRoleChange = t.Object({ count: t.Integer() });
export const StoredTokenKey = t.Object({
  id: t.String(),
  jwk: t.Record(t.String(), t.Unknown()),
  created_at: t.String(),
  retired_at: t.String(),
});
export const StoredToken = t.Object({
  ...Token.properties,
  subjects: t.Array(t.String()),
  ownerGrants: t.Optional(t.Array(TokenGrant)),
  key: t.String(),
});
