import { computeBenefit, type Calculated } from '../domain/insured-place/benefit.ts';
import { checkEligibility, type Filing } from '../domain/insured-place/eligibility.ts';
import { ruleInForce, type BenefitRule, type Channel } from '../domain/insured-place/policy.ts';
import { insuredOn, prescriberOf } from '../domain/insured-place/person-record.ts';
import type { BenefitInput } from '../domain/insured-place/visit-facts.ts';
import { isWithin, periodOf, type Day } from '../domain/calendar.ts';
import type { InstitutionLevel, RegionCode, SettlementId } from '../domain/identifiers.ts';
import { add, asText, toWire, yuan, zero } from '../domain/money.ts';
import { accept, refuse, type Outcome } from '../domain/refusal.ts';
import {
  readTotals,
  type Calculation,
  type SettlementRequest,
  type SplitTotalsText,
} from '../domain/settlement.ts';
import { postUsed, readUsed, restore, type Used } from '../db/accumulators.ts';
import { insertCalculation } from '../db/calculations.ts';
import { inTransaction, type Database, type Transaction } from '../db/database.ts';
import { readOwnFacts } from '../db/eligibility.ts';
import { once, voidStep, type Voided } from '../db/inbox.ts';
import { lockPerson, type Insurance, type LockedPerson } from '../db/persons.ts';
import { readPolicy } from '../db/policies.ts';
import { nextChanges } from '../db/registry-changes.ts';
import type { NumberedChange } from '../db/registry.ts';

/** What the treating place sends (notice 三(二)): the split's sums with the disease code. */
export interface CalculationOrder {
  settlementId: SettlementId;
  request: SettlementRequest;
  totals: SplitTotalsText;
  level: InstitutionLevel;
  region: RegionCode; // where the person was treated
  channel?: Channel; // absent from orders that were sent before it was told: a hospital
  doctors?: readonly string[]; // who prescribed, each once; absent where nobody was told
}

function insuranceOn(person: LockedPerson, order: CalculationOrder): Outcome<Insurance> {
  const { visitedOn: on, insuranceType } = order.request;
  const insurance = person.insurances.find((span) => isWithin(on, span.from, span.to));
  if (!insurance) return refuse({ reason: 'not-insured', insuranceType, on });
  const { suspendedFrom, suspendedTo } = insurance;
  if (suspendedFrom && isWithin(on, suspendedFrom, suspendedTo)) {
    return refuse({ reason: 'benefit-suspended', insuranceType, on, to: suspendedTo });
  }
  return accept(insurance);
}

interface Entitled {
  person: LockedPerson;
  insurance: Insurance;
  filing: Filing;
}

/** The insured place's own say: who the person is, insured, qualified and filed on the visit day. */
async function entitled(
  transaction: Transaction,
  order: CalculationOrder,
): Promise<Outcome<Entitled>> {
  const { person: id, disease, visitedOn: on, insuredPlace } = order.request;
  const person = await lockPerson(transaction, order.request);
  if (person?.region !== order.request.insuredRegion) {
    return refuse({ reason: 'person-unknown', place: insuredPlace });
  }
  const facts = await readOwnFacts(transaction, id, disease);
  const filing = checkEligibility(facts, { disease, on, treatingRegion: order.region });
  if (!filing.ok) return filing;
  const insurance = insuranceOn(person, order);
  if (!insurance.ok) return insurance;
  return accept({ person, insurance: insurance.value, filing: filing.value });
}

/**
 * The visit, the person and what was used before, as the rule is asked. What kind of person it is
 * (人员类别) is the insured place's own record, never what the hospital registered.
 */
function benefitInput(
  { request, totals, level, channel, doctors }: CalculationOrder,
  { person, insurance, filing }: Entitled,
  { rule, used }: { rule: BenefitRule; used: Used },
): BenefitInput {
  const { record, insurances: spans } = person;
  const { visitedOn, disease, institution, account: use } = request;
  return {
    totals: readTotals(totals),
    visitedOn,
    disease,
    institution: { code: institution, level, selected: record.isSelected },
    channel: channel ?? 'hospital',
    prescriber: prescriberOf(doctors ?? [], record.familyDoctors),
    filing: filing.category,
    person: insuredOn(record, { spans, retired: insurance.retired }, visitedOn),
    visits: record.visits,
    rule,
    used,
    account: { use, balance: yuan(person.accountBalance), family: zero },
  };
}

/** Takes what the calculation used: accumulators, personal account, a visit of the year. */
async function post(
  transaction: Transaction,
  { request, settlementId: settlement, totals, level }: CalculationOrder,
  { calculated, hash, inForceFrom }: { calculated: Calculated; hash: string; inForceFrom: Day },
): Promise<Calculation> {
  const calculation: Calculation = {
    policy: { inForceFrom, hash },
    benefit: asText(calculated.benefit),
    accumulators: calculated.accumulators.map(({ added, before, ...name }) => ({
      ...name,
      before: toWire(before),
      after: toWire(add(before, added)),
    })),
    steps: calculated.steps,
    accountBalance: toWire(calculated.accountBalance),
  };
  const { person, visitedOn: on, institution } = request;
  await postUsed(transaction, { person, settlement }, calculated.accumulators);
  const visit = { on, institution, level };
  await insertCalculation(transaction, { settlement, person, visit, totals, calculation });
  return calculation;
}

async function calculateOnce(
  transaction: Transaction,
  order: CalculationOrder,
): Promise<Outcome<Calculation>> {
  const { person, disease, insuranceType, visitedOn: on, insuredRegion: region } = order.request;
  const allowed = await entitled(transaction, order);
  if (!allowed.ok) return allowed;
  const stored = await readPolicy(transaction, region, { insuranceType, disease });
  if (!stored) {
    return refuse({ reason: 'no-policy-in-force', region, insuranceType, disease, on });
  }
  const rule = ruleInForce(stored.policy, insuranceType, disease, on);
  if (!rule.ok) return rule;
  const periods = (['month', 'quarter', 'year'] as const).map((per) => periodOf(per, on));
  const used = await readUsed(transaction, person, periods);
  const calculated = computeBenefit(benefitInput(order, allowed.value, { rule: rule.value, used }));
  const { inForceFrom } = rule.value;
  return accept(await post(transaction, order, { calculated, hash: stored.hash, inForceFrom }));
}

/** What an insured place does: computes a benefit, tells the registry what it decided. */
export const insuredPlaceActivities = ({ database }: { database: Database }) => ({
  /** Step 3: deductible, ratio, ceiling, layers, account, under a lock on the person. */
  calculate: (order: CalculationOrder): Promise<Outcome<Calculation> | Voided> =>
    once(database, { settlement: order.settlementId, step: 'calculate' }, (transaction) =>
      calculateOnce(transaction, order),
    ),

  /** The next messages for the centre's registry, after those it has accepted. */
  nextRegistryChanges: (page: { accepted: number[]; atMost: number }): Promise<NumberedChange[]> =>
    nextChanges(database, page.accepted, page.atMost),

  /** Undoes step 3, also when it never ran: accumulators and account are as if it had not been. */
  undoCalculation: (settlement: SettlementId): Promise<void> =>
    inTransaction(database, (transaction) =>
      voidStep(transaction, { settlement, step: 'calculate' }, () =>
        restore(transaction, settlement),
      ),
    ),
});
