import { computeBenefit } from '../domain/insured-place/benefit.ts';
import { checkEligibility, type Filing } from '../domain/insured-place/eligibility.ts';
import { ruleInForce } from '../domain/insured-place/policy.ts';
import type { BenefitInput } from '../domain/insured-place/visit-facts.ts';
import { isWithin, periodOf } from '../domain/calendar.ts';
import type { InstitutionLevel, RegionCode, SettlementId } from '../domain/identifiers.ts';
import { add, asText, toWire, yuan, zero } from '../domain/money.ts';
import { accept, refuse, type Outcome } from '../domain/refusal.ts';
import {
  readTotals,
  type Calculation,
  type SettlementRequest,
  type SplitTotalsText,
} from '../domain/settlement.ts';
import { postUsed, readUsed, restore } from '../db/accumulators.ts';
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
  const { person: id, insuranceType, disease, visitedOn: on, insuredPlace } = order.request;
  const person = await lockPerson(transaction, id, insuranceType);
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

/** Facts that policies may select by and the database does not hold yet. */
const notStoredYet: Pick<BenefitInput, 'channel' | 'prescriber' | 'person' | 'visits'> = {
  channel: 'hospital',
  prescriber: 'other',
  person: {
    bornOn: null,
    retired: false,
    personType: null,
    insuredMonths: null,
    tier: null,
    hardship: null,
    civilServant: null,
    qualifiedFor: [],
  },
  visits: [],
};

async function calculateOnce(
  transaction: Transaction,
  order: CalculationOrder,
): Promise<Outcome<Calculation>> {
  const { request, settlementId: settlement } = order;
  const { person: id, disease, insuranceType, visitedOn, insuredRegion: region } = request;
  const allowed = await entitled(transaction, order);
  if (!allowed.ok) return allowed;
  const { person, insurance, filing } = allowed.value;
  const noPolicy = { reason: 'no-policy-in-force', region, insuranceType, disease } as const;
  const stored = await readPolicy(transaction, region, { insuranceType, disease });
  if (!stored) return refuse({ ...noPolicy, on: visitedOn });
  const rule = ruleInForce(stored.policy, insuranceType, disease, visitedOn);
  if (!rule.ok) return rule;
  const periods = (['month', 'quarter', 'year'] as const).map((per) => periodOf(per, visitedOn));
  const calculated = computeBenefit({
    totals: readTotals(order.totals),
    visitedOn,
    disease,
    ...notStoredYet,
    institution: { code: request.institution, level: order.level, selected: false },
    filing: filing.category,
    person: { ...notStoredYet.person, retired: insurance.retired },
    rule: rule.value,
    used: await readUsed(transaction, id, periods),
    account: { use: request.account, balance: yuan(person.accountBalance), family: zero },
  });
  const calculation: Calculation = {
    policy: { inForceFrom: rule.value.inForceFrom, hash: stored.hash },
    benefit: asText(calculated.benefit),
    accumulators: calculated.accumulators.map(({ added, before, ...name }) => ({
      ...name,
      before: toWire(before),
      after: toWire(add(before, added)),
    })),
    steps: calculated.steps,
    accountBalance: toWire(calculated.accountBalance),
  };
  await postUsed(transaction, { person: id, settlement }, calculated.accumulators);
  const { totals } = order;
  await insertCalculation(transaction, { settlement, person: id, totals, calculation });
  return accept(calculation);
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
