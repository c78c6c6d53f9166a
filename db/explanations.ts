import type { Day } from '../domain/calendar.ts';
import type { InstitutionCode, MessageId, RegionCode } from '../domain/identifiers.ts';
import type {
  BenefitText,
  ReversalResult,
  SettleAnswer,
  SettlementRequest,
  SplitTotalsText,
  Step,
} from '../domain/settlement.ts';
import type { Queryable } from './database.ts';

/** A request with what became of it, and the names that an explanation shows. */
export interface ExplainedRequest {
  settlementId: string;
  institution: InstitutionCode;
  messageId: MessageId;
  body: SettlementRequest | null; // null: taken back before it arrived
  state: 'claimed' | 'answered' | 'void';
  answer: SettleAnswer | null;
  institutionName: string | null;
  recordedAt: string | null; // clock time in China; null where nothing was settled
  reversal: ReversalResult | null;
  reversedAt: string | null; // clock time in China
}

const requests = `
  select r.settlement_id as "settlementId", r.institution, r.message_id as "messageId", r.body, r.state, r.answer,
    i.name as "institutionName",
    to_char(s.recorded_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') as "recordedAt",
    v.result as reversal,
    to_char(v.recorded_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') as "reversedAt"
  from request r
  left join settlement s on s.id = r.settlement_id
  left join reversal v on v.settlement_id = r.settlement_id
  left join institution i on i.code = r.institution`;

/** The requests of this settlement id or, where there is none, of this message id: several may share one. */
export async function findRequests(centre: Queryable, id: string): Promise<ExplainedRequest[]> {
  const bySettlement = await centre.query<ExplainedRequest>(
    `${requests} where r.settlement_id = $1`,
    [id],
  );
  if (bySettlement.rows.length > 0) return bySettlement.rows;
  const byMessage = await centre.query<ExplainedRequest>(
    `${requests} where r.message_id = $1 order by r.settlement_id`,
    [id],
  );
  return byMessage.rows;
}

/** The institutions that the registry knows. */
export async function readInstitutionCodes(centre: Queryable): Promise<InstitutionCode[]> {
  const { rows } = await centre.query<{ code: InstitutionCode }>('select code from institution');
  return rows.map(({ code }) => code);
}

/** A calculation as the insured place keeps it, with the published version that it used. */
export interface StoredCalculation {
  totals: SplitTotalsText;
  benefit: BenefitText;
  steps: Step[];
  policy: {
    hash: string;
    inForceFrom: Day;
    version: number | null; // null where the version is not kept
    publishedBy: string | null;
    publishedAt: string | null; // clock time in China, like the others
  };
  accountUsed: string;
  calculatedAt: string;
  reversedAt: string | null;
}

const clock = (column: string): string =>
  `to_char(${column} at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')`;

/** The stored calculation of a settlement; null when the insured place has none. */
export async function readCalculation(
  insuredPlace: Queryable,
  settlement: string,
  region: RegionCode,
): Promise<StoredCalculation | null> {
  const { rows } = await insuredPlace.query<StoredCalculation>(
    `select c.totals, c.benefit, c.steps,
       jsonb_build_object('hash', c.policy_hash, 'inForceFrom', c.policy_in_force_from,
         'version', p.version, 'publishedBy', p.published_by,
         'publishedAt', ${clock('p.published_at')}) as policy,
       c.account_used as "accountUsed", ${clock('c.calculated_at')} as "calculatedAt",
       ${clock('c.reversed_at')} as "reversedAt"
     from calculation c
     left join lateral (
       select version, published_by, published_at from policy
       where policy.region = $2 and policy.hash = c.policy_hash
         and policy.published_at <= c.calculated_at
       order by version desc limit 1
     ) p on true
     where c.settlement_id = $1`,
    [settlement, region],
  );
  return rows[0] ?? null;
}
