import type { Candidate } from '../completion/candidates.ts';
import type { Contexts } from './contexts.ts';
import { emptyDocument } from './document.ts';

/** The contexts for the completion. A file that cannot be read has none: a completion reports no errors. */
export async function contextCandidates(contexts: Contexts): Promise<Candidate[]> {
  const { sites } = await contexts.read().catch(() => emptyDocument);
  return [...sites].map(([word, { endpoint }]) => ({ word, summary: String(endpoint ?? '') }));
}
