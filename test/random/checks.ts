import { isDeepStrictEqual } from 'node:util';
import { findDifferences } from '../../db/verification.ts';
import { brokenLinks } from '../../db/ledger.ts';
import {
  add,
  isZero,
  negate,
  subtract,
  sum,
  toWire,
  yuan,
  zero,
  type Yuan,
} from '../../domain/money.ts';
import type { SettleAnswer } from '../../domain/settlement.ts';
import { readBooks, type Books, type Decided } from './books.ts';
import { isUndetermined, type Heard, type Message, type World } from './world.ts';

/** What must hold once everything has come to rest. Each check returns a sentence for every fault. */

type Fate = 'settled' | 'reversed' | 'refused' | 'prevented';
function fateOf({ state, answer, reversal }: Decided): Fate | null {
  if (state === 'claimed') return null;
  if (reversal) return 'reversed';
  if (answer?.kind === 'settled') return 'settled';
  if (state === 'void') return 'prevented';
  return answer?.refusal.reason === 'request-reversed' ? 'prevented' : 'refused';
}

const minus = (amount: string): string => toWire(negate(yuan(amount)));
/** What stands in the parties' books of a request with this fate, and nothing else. */
function linesFor(fate: Fate, { answer }: Decided): string[][] {
  if (answer?.kind !== 'settled') return [[]];
  const { fundTotal: fund, personalAccount: own } = answer.result.calculation.benefit;
  const settled = ['centre: settled', `centre: settlement ${fund} ${own}`];
  const copy = `treating: copy ${fund} ${own}`;
  if (fate === 'settled') {
    const held = [`insured: used ${fund} ${own}`, 'treating: frozen', 'treating: split'];
    return [[...settled, ...held, copy]];
  }
  const mirrored = `${minus(fund)} ${minus(own)}`;
  const taken = [
    'centre: reversed',
    `centre: reversal ${mirrored}`,
    `treating: reversal ${mirrored}`,
  ];
  // A result that was taken back before it was returned has no copy.
  return [
    [...settled, ...taken, copy],
    [...settled, ...taken],
  ];
}

const told = (answer: SettleAnswer): string =>
  answer.kind === 'settled' ? 'settled' : answer.refusal.reason;
/** Whether what a hospital heard is true of a request that came to this. */
function isTrueOfSettling(heard: Heard & { call: 'settle' }, fate: Fate, row: Decided): boolean {
  const { outcome, request } = heard;
  if (outcome.kind === 'undetermined') return true;
  if (outcome.kind === 'conflict') return row.digest !== request.digest;
  if (told(outcome.answer) === 'request-reversed') return ['prevented', 'reversed'].includes(fate);
  return isDeepStrictEqual(outcome.answer, row.answer);
}
function isTrueOfTaking({ outcome }: Heard & { call: 'take-back' }, fate: Fate, row: Decided) {
  if (outcome.kind === 'undetermined') return true;
  if (outcome.answer.kind === 'refused') return false;
  if (outcome.answer.kind === 'not-settled') return ['prevented', 'refused'].includes(fate);
  return isDeepStrictEqual(outcome.answer.reversal, row.reversal);
}
function isTrue(heard: Heard, fate: Fate, row: Decided): boolean {
  if (heard.call === 'signal') return fate !== 'settled';
  return heard.call === 'settle'
    ? isTrueOfSettling(heard, fate, row)
    : isTrueOfTaking(heard, fate, row);
}

/** Why a request that nobody took back was refused. */
function isExplained(
  { patient, request, isTakenBack }: Message,
  world: World,
  answer: SettleAnswer,
) {
  const reason = told(answer);
  if (reason === 'settled') return patient.refused === undefined;
  if (reason === patient.refused) return true;
  if (reason === 'not-in-time') return request.counter !== undefined;
  if (reason === 'request-reversed') return isTakenBack;
  const isOfBatch = (other: Message): boolean =>
    other.request.messageId !== request.messageId && other.request.visit === request.visit;
  return reason === 'batch-settled' && world.messages.some(isOfBatch);
}

const describeHeard = (heard: Heard): string => {
  const when = `${heard.began}–${heard.ended} ${heard.call}`;
  if (heard.call === 'signal') return when;
  const { outcome } = heard;
  if (outcome.kind === 'undetermined') return `${when} ${outcome.why} ${String(outcome.error)}`;
  if (outcome.kind === 'conflict') return `${when} conflict`;
  const { answer } = outcome;
  return `${when} ${answer.kind === 'refused' ? answer.refusal.reason : answer.kind}`;
};

/** No call that began after a refusal was heard is told that it was settled. */
function changedMind({ heard }: Message): boolean {
  const answers = heard.flatMap((one) =>
    one.call === 'settle' && one.outcome.kind === 'answered'
      ? [{ ...one, answer: one.outcome.answer }]
      : [],
  );
  const refusals = answers.filter(({ answer }) => answer.kind === 'refused');
  return answers.some(
    ({ answer, began }) => answer.kind === 'settled' && refusals.some(({ ended }) => ended < began),
  );
}

function faultsOf(message: Message, world: World, { decided, lines }: Books): string[] {
  const row = decided.get(message.request.messageId);
  const fate = row && fateOf(row);
  if (!row || !fate) return ['nobody decided it'];
  const faults = message.heard
    .filter((heard) => !isTrue(heard, fate, row))
    .map((heard) => `heard ${describeHeard(heard)}, but it is ${fate}`);
  const written = lines.get(row.settlementId) ?? [];
  const right = linesFor(fate, row);
  if (!right.some((one) => isDeepStrictEqual([...one].sort(), written))) {
    faults.push(`it is ${fate}, and the books say [${written.join(', ')}]`);
  }
  if (row.answer && !isExplained(message, world, row.answer)) {
    faults.push(`nothing explains ${told(row.answer)}`);
  }
  if (fate !== 'settled' && fate !== 'refused' && !message.isTakenBack)
    faults.push(`nobody wanted it ${fate}`);
  if (changedMind(message)) faults.push('it was refused first, and settled afterwards');
  if (isUndetermined(message.heard.at(-1))) faults.push('asked again, it still has no answer');
  return faults;
}

/** What the settlements that stand have used, from their answers alone. */
function usedByAnswers({ messages }: World, { decided }: Books): string[] {
  const used = new Map<string, Yuan>();
  const use = (key: string, amount: Yuan): void => {
    used.set(key, add(used.get(key) ?? zero, amount));
  };
  for (const { request } of messages) {
    const row = decided.get(request.messageId);
    if (!row || fateOf(row) !== 'settled' || row.answer?.kind !== 'settled') continue;
    const { accumulators, benefit } = row.answer.result.calculation;
    for (const { name, period, key, before, after } of accumulators) {
      use(`${request.person} ${name} ${period} ${key}`, subtract(yuan(after), yuan(before)));
    }
    use(`${request.person} account`, yuan(benefit.personalAccount));
  }
  return [...used]
    .filter(([, amount]) => !isZero(amount))
    .map(([key, amount]) => `${key} ${toWire(amount)}`)
    .sort();
}

async function faultsOfPlaces({ databases }: World): Promise<string[]> {
  const faults: string[] = [];
  for (const [place, database] of databases.places) {
    const differences = await findDifferences(database, { after: null, to: null });
    faults.push(...differences.map((one) => `${place}: ${JSON.stringify(one)}`));
    const { rows } = await database.query<{ step: string }>(
      `select workflow_id || ' ' || activity_id as step from maintenance_arrival`,
    );
    faults.push(...rows.map(({ step }) => `${place}: ${step} waits in the line`));
  }
  const broken = await brokenLinks(databases.centre);
  return [...faults, ...broken.map((one) => `ledger: ${JSON.stringify(one)}`)];
}

/** After everything was cleared: what all statements say is owed is what stands. */
export async function faultsOfStatements(world: World): Promise<string[]> {
  const { decided } = await readBooks(world);
  const standing = [...decided.values()].flatMap(({ answer, reversal }) =>
    answer?.kind === 'settled' && !reversal ? [answer.result.calculation.benefit] : [],
  );
  const amounts = standing.flatMap(({ fundTotal, personalAccount }) => [
    fundTotal,
    personalAccount,
  ]);
  const owed = toWire(sum(amounts.map(yuan)));
  const { rows } = await world.databases.centre.query<{ owed: string; forgotten: number }>(
    `select coalesce(sum(owed), 0.00)::text as owed,
       (select count(*)::int from ledger_entry
        where not exists (select from statement_item where entry_id = ledger_entry.id)) as forgotten
     from statement`,
  );
  const [stated] = rows;
  if (stated?.owed === owed && stated.forgotten === 0) return [];
  return [`the statements say ${JSON.stringify(stated)}, and ${owed} is owed`];
}

/** Everything that is wrong, with what was heard of each message that it is about. */
export async function faults(world: World): Promise<string[]> {
  const books = await readBooks(world);
  const known = new Set([...books.decided.values()].map(({ settlementId }) => settlementId));
  const unknown = [...books.lines.keys()].filter((id) => !known.has(id));
  const ofMessages = world.messages.flatMap((message) => {
    const heard = message.heard.map(describeHeard).join(' | ');
    return faultsOf(message, world, books).map(
      (fault) => `${message.request.messageId}: ${fault}\n    heard: ${heard}`,
    );
  });
  const used = usedByAnswers(world, books);
  return [
    ...ofMessages,
    ...unknown.map((id) => `nobody asked for ${id}`),
    ...(isDeepStrictEqual(used, books.used)
      ? []
      : [`used is\n  ${books.used.join('\n  ')}\nand should be\n  ${used.join('\n  ')}`]),
    ...(await faultsOfPlaces(world)),
  ];
}
