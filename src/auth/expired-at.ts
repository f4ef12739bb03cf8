/** When a token expired, after "the token". @param at in milliseconds since the epoch */
export function expiredAt(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'has expired' : `expired at ${date.toISOString().replace(/\.\d+Z$/, 'Z')}`;
}
