import { AppError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Tracer } from '../../lib/tracing.ts';
import type { ConnectPhase } from '../../ssh/deadlines.ts';
import type { HandshakeWatch, WatchHandshake } from '../../ssh/handshake-watch.ts';
import type { CommitWatch } from '../../store/commit-watch.ts';
import type { Measures } from '../../telemetry/metrics/measures.ts';

/** Milliseconds from which on a transaction is slow enough for a span and a line of the log. */
const slowCommitMs = 250;

interface Tools {
  readonly measures: Measures;
  readonly tracer: Tracer;
  readonly logger: Logger;
}

/** Counts the transactions of the store; of a slow one there are a span and a line. */
export function commitWatch({ measures, tracer, logger }: Tools): CommitWatch {
  return {
    committed(ms, retries) {
      measures.commits.add(['committed']);
      measures.commitSeconds.observe([], ms / 1000);
      if (retries > 0) measures.commitRetries.add([], retries);
      if (ms < slowCommitMs) return;
      logger.debug({ ms: Math.round(ms), retries }, 'a slow commit');
      if (!tracer.isOn) return;
      const attributes = { 'commissaire.store.retries': retries };
      tracer.start('store commit', { startedAt: performance.now() - ms, attributes }).end();
    },
    failed(error, retries) {
      const code = codeOf(error);
      measures.commits.add([code === 'conflict' ? 'conflict' : code === 'store_full' ? 'full' : 'failed']);
      if (retries > 0) measures.commitRetries.add([], retries);
    },
  };
}

/** Counts the handshakes and their phases; each is a span, and a line at the level debug. */
export function handshakeWatch({ measures, tracer, logger }: Tools): WatchHandshake {
  return ({ address, port }) => {
    const begun = performance.now();
    const attributes = { 'server.address': address, 'server.port': port };
    const span = tracer.start('ssh handshake', { kind: 'client', attributes });
    let phase: { name: ConnectPhase; begun: number } = { name: 'tcp', begun };
    const endPhase = (): HandshakePhaseEnd => {
      const now = performance.now();
      measures.handshakePhaseSeconds.observe([phase.name.replace(' ', '_')], (now - phase.begun) / 1000);
      if (tracer.isOn) tracer.start(`ssh ${phase.name}`, { parent: span.place, startedAt: phase.begun }).end(now);
      return now;
    };
    const watch: HandshakeWatch = {
      phase(name) {
        phase = { name, begun: endPhase() };
      },
      end(error) {
        const result = error === undefined ? 'success' : codeOf(error);
        const seconds = ((error === undefined ? endPhase() : performance.now()) - begun) / 1000;
        measures.handshakes.add([result]);
        measures.handshakeSeconds.observe([result], seconds);
        const details = { host: address, ms: Math.round(seconds * 1000) };
        if (error === undefined) logger.debug(details, 'logged in');
        else {
          logger.debug({ ...details, phase: phase.name, code: result }, 'could not log in');
          span.fail(result);
        }
        span.end();
      },
    };
    return watch;
  };
}

/** The time at which the phase ended. */
type HandshakePhaseEnd = number;

/** A code of the product, of which there is a bounded number; `aborted` for work that was given up. */
function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'internal_error';
}
