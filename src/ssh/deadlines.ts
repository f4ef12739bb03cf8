/** The phases of opening a usable session, in order. Each has its own deadline. */
export type ConnectPhase = 'tcp' | 'banner' | 'key exchange' | 'authentication' | 'channel';

/** Milliseconds per phase. */
export type ConnectDeadlines = Readonly<Record<ConnectPhase, number>>;

/**
 * A machine under load answers late, a dead one never: long enough for the first, short enough for a batch of dead
 * ones.
 */
export const defaultDeadlines: ConnectDeadlines = {
  tcp: 10_000,
  banner: 10_000,
  'key exchange': 15_000,
  authentication: 20_000,
  channel: 15_000,
};
