import type { InstitutionCode, MessageId } from '../domain/identifiers.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Copies, Kept, KeptRequest } from '../domain/visit.ts';
import type { Queryable } from './database.ts';

/**
 * Writes down that a request was let in, before anything is started for it. `repeated`: it left a trace
 * before: it was let in, its batch is frozen by it, or a result was returned; `different`: the message id
 * was let in with another content. What another transaction writes meanwhile is seen only by updating it.
 */
export async function keepRequest(
  database: Queryable,
  { institution, messageId, digest, visit, batch }: SettlementRequest,
): Promise<Kept> {
  const { rows } = await database.query<{ kept: Kept }>(
    `with written as (
       insert into settlement_request as before (institution, message_id, visit_id, digest)
       values ($1, $2, $3, $5)
       on conflict (institution, message_id) do update set digest = before.digest
         where before.digest <> excluded.digest
       returning digest
     )
     select case
       when exists (select from written where digest <> $5) then 'different'
       when not exists (select from written)
         or exists (select from fee_batch where visit_id = $3 and batch_no = $4
           and workflow_id = 'settlement/' || $1 || '/' || $2)
         or exists (select from settlement_copy where institution = $1 and message_id = $2)
         or exists (select from reversal_copy where institution = $1 and message_id = $2)
         then 'repeated'
       else 'first' end as kept`,
    [institution, messageId, visit, batch, digest],
  );
  return rows[0]?.kept ?? 'repeated';
}

/** The newest requests of a visit, those that are on their way and those that were refused included. */
export async function requestsOf(database: Queryable, visit: string): Promise<KeptRequest[]> {
  const { rows } = await database.query<KeptRequest>(
    `with request as (
       select institution, message_id, null::text as settlement_id, asked_at from settlement_request
         where visit_id = $1
       union all
       select v.institution, split_part(b.workflow_id, '/', 3), b.settlement_id, b.frozen_at
         from fee_batch b join visit v on v.id = b.visit_id
         where b.visit_id = $1 and b.workflow_id is not null
     )
     select institution, message_id as "messageId",
       coalesce(max(request.settlement_id), max(c.settlement_id), max(r.settlement_id)) as settlement
     from request
       left join settlement_copy c using (institution, message_id)
       left join reversal_copy r using (institution, message_id)
     group by institution, message_id order by min(asked_at) desc limit 20`,
    [visit],
  );
  return rows;
}

/** What the place was told of a request. */
export async function readCopies(
  database: Queryable,
  institution: InstitutionCode,
  messageId: MessageId,
): Promise<Copies> {
  const { rows } = await database.query<Copies>(
    `select
       (select jsonb_build_object('result', c.answer, 'disease', (select l.disease from fee_line l
            where l.visit_id = c.visit_id and l.batch_no = c.batch_no limit 1))
          from settlement_copy c where institution = $1 and message_id = $2) as settled,
       (select answer from reversal_copy where institution = $1 and message_id = $2) as reversal`,
    [institution, messageId],
  );
  return rows[0] ?? { settled: null, reversal: null };
}
