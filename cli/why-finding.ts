import { readInstitutionCodes } from '../db/explanations.ts';
import { isMessageId, type InstitutionCode, type MessageId } from '../domain/identifiers.ts';
import { settlementWorkflowId, visitWorkflowId, type RequestKey } from '../workflows/contracts.ts';
import type { Sources } from './why-known.ts';

/** Executions that no row of the centre's books speaks of: what was not claimed yet, and whole bills. */

export interface Found extends RequestKey {
  kind: 'settlement' | 'visit';
}

const institutionsAtOnce = 200; // in one question to Temporal

/** Who is asked. */
type Asked = Pick<Sources, 'client' | 'centre'>;

async function findAmong(
  { client }: Asked,
  institutions: readonly InstitutionCode[],
  messageId: MessageId,
): Promise<Found[]> {
  const byId = new Map<string, Found>();
  for (const institution of institutions) {
    const key = { institution, messageId };
    byId.set(settlementWorkflowId(institution, messageId), { kind: 'settlement', ...key });
    byId.set(visitWorkflowId(key), { kind: 'visit', ...key });
  }
  const ids = [...byId.keys()].map((id) => `"${id}"`).join(', ');
  const found = new Set<Found>();
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowId IN (${ids})` })) {
    const one = byId.get(workflowId);
    if (one) found.add(one);
  }
  return [...found];
}

/**
 * The settlements and bills of a message id. A workflow id begins with the institution, which nobody
 * named: first those are tried that the message id begins with, as the interface wants it, then all.
 */
export async function findExecutions(sources: Asked, id: string): Promise<Found[]> {
  if (!isMessageId(id)) return [];
  const all = await readInstitutionCodes(sources.centre);
  const named = all.filter((institution) => id.startsWith(institution));
  const found = named.length === 0 ? [] : await findAmong(sources, named, id);
  if (found.length > 0) return found;
  for (let from = 0; from < all.length; from += institutionsAtOnce) {
    found.push(...(await findAmong(sources, all.slice(from, from + institutionsAtOnce), id)));
  }
  return found;
}
