import { isDeepStrictEqual } from 'node:util';
import { brokenLinks } from '../../db/ledger.ts';
import { findDifferences } from '../../db/verification.ts';
import { add, isZero, subtract, sum, toWire, yuan, zero, type Yuan } from '../../domain/money.ts';
import type { Calculation, SettleAnswer } from '../../domain/settlement.ts';
import { readBooks, type Books } from './books.ts';
import { booksOf, fateOf, isTrue, type Fate } from './fates.ts';
import { describeHeard, hasNoAnswer, told, type Message, type World } from './world.ts';

/** What must hold once everything has come to rest. Each check gives a sentence for every fault. */

/** Whether there is a reason for the answer: a batch is refused only where another has taken it, … */
function isExplained({ messages }: World, message: Message, answer: SettleAnswer): boolean {
  const { patient, request, isTakenBack } = message;
  const isOfBatch = (other: Message): boolean =>
    other !== message && other.request.visit === request.visit;
  switch (told(answer)) {
    case 'settled':
      return patient.refused === undefined;
    case patient.refused:
      return true;
    case 'not-in-time':
      return request.counter !== undefined;
    case 'request-reversed':
      return isTakenBack;
    case 'batch-settled':
      return messages.some(isOfBatch);
    default:
      return false;
  }
}

/** No call that began after a refusal was heard is told that it was settled. */
function hasChangedItsMind({ heard }: Message): boolean {
  const answers = heard.flatMap(({ began, ended, ...one }) =>
    one.call === 'settle' && one.outcome.kind === 'answered'
      ? [{ began, ended, kind: one.outcome.answer.kind }]
      : [],
  );
  const refused = answers.filter(({ kind }) => kind === 'refused');
  const settled = answers.filter(({ kind }) => kind === 'settled');
  return settled.some(({ began }) => refused.some(({ ended }) => ended < began));
}

function faultsOfAnswers(world: World, message: Message, answer: SettleAnswer | null): string[] {
  const { heard } = message;
  const faults: string[] = [];
  if (answer && !isExplained(world, message, answer)) {
    faults.push(`nothing explains ${told(answer)}`);
  }
  if (hasChangedItsMind(message)) faults.push('it was refused first, and settled afterwards');
  if (hasNoAnswer(heard.at(-1))) faults.push('asked again and again, it has no answer');
  return faults;
}

function faultsOfFate(message: Message, fate: Fate, { decided, lines }: Books): string[] {
  const row = decided.get(message.request.messageId);
  if (!row) return [];
  const faults = message.heard
    .filter((heard) => !isTrue(heard, fate, row))
    .map((heard) => `“${describeHeard(heard)}” is not true: it is ${fate}`);
  const written = lines.get(row.settlementId) ?? [];
  if (!booksOf(fate, row).some((right) => isDeepStrictEqual(right, written))) {
    faults.push(`it is ${fate}, and the books say [${written.join(', ')}]`);
  }
  if (['reversed', 'prevented'].includes(fate) && !message.isTakenBack) {
    faults.push(`it is ${fate}, and nobody took it back`);
  }
  return faults;
}

function faultsOfMessage(world: World, message: Message, books: Books): string[] {
  const row = books.decided.get(message.request.messageId);
  const fate = row ? fateOf(row) : null;
  const faults = [
    ...(fate ? faultsOfFate(message, fate, books) : ['nobody has decided it']),
    ...faultsOfAnswers(world, message, row?.answer ?? null),
  ];
  const heard = message.heard.slice(-12).map(describeHeard).join(' | ');
  return faults.map((fault) => `${message.request.messageId}: ${fault}; heard: ${heard}`);
}

/** The settlements that stand, by what their answers say. */
const standing = ({ decided }: Books): { person: string; calculation: Calculation }[] =>
  [...decided.values()].flatMap(({ person, answer, reversal }) =>
    answer?.kind === 'settled' && !reversal && person !== null
      ? [{ person, calculation: answer.result.calculation }]
      : [],
  );

/** What was used since the openings, from the answers that stand and from nothing else. */
function usedByAnswers(books: Books): string[] {
  const used = new Map<string, Yuan>();
  const use = (key: string, amount: Yuan): void => {
    used.set(key, add(used.get(key) ?? zero, amount));
  };
  for (const { person, calculation } of standing(books)) {
    for (const { name, period, key, before, after } of calculation.accumulators) {
      use(`${person} ${name} ${period} ${key}`, subtract(yuan(after), yuan(before)));
    }
    use(`${person} account`, yuan(calculation.benefit.personalAccount));
  }
  const isUsed = ([, amount]: [string, Yuan]): boolean => !isZero(amount);
  return [...used]
    .filter(isUsed)
    .map(([key, amount]) => `${key} ${toWire(amount)}`)
    .sort();
}

/** The books of the parties in themselves: as `kuasheng accumulators verify` does, and the chains. */
async function faultsOfParties({ databases }: World): Promise<string[]> {
  const faults: unknown[] = await brokenLinks(databases.centre);
  for (const database of databases.places.values()) {
    faults.push(...(await findDifferences(database, { after: null, to: null })));
    const waiting = await database.query('select * from maintenance_arrival');
    faults.push(...(waiting.rows as unknown[]));
  }
  return faults.map((fault) => JSON.stringify(fault));
}

export async function faultsOfBooks(world: World): Promise<string[]> {
  const books = await readBooks(world);
  const known = new Set([...books.decided.values()].map(({ settlementId }) => settlementId));
  const unknown = [...books.lines.keys()].filter((id) => !known.has(id));
  const used = usedByAnswers(books);
  const asUsed = isDeepStrictEqual(used, books.used)
    ? []
    : [`used is\n  ${books.used.join('\n  ')}\nand by the answers\n  ${used.join('\n  ')}`];
  return [
    ...world.messages.flatMap((message) => faultsOfMessage(world, message, books)),
    ...unknown.map((id) => `nobody asked for ${id}`),
    ...asUsed,
    ...(await faultsOfParties(world)),
  ];
}

/** After everything was cleared: what all statements say is owed is what stands, entry by entry. */
export async function faultsOfStatements(world: World): Promise<string[]> {
  const amounts = standing(await readBooks(world)).flatMap(({ calculation: { benefit } }) => [
    yuan(benefit.fundTotal),
    yuan(benefit.personalAccount),
  ]);
  const owed = toWire(sum(amounts));
  const { rows } = await world.databases.centre.query<{ owed: string; forgotten: number }>(
    `select coalesce(sum(owed), 0.00)::text as owed,
       (select count(*)::int from ledger_entry e
        where not exists (select from statement_item i where i.entry_id = e.id)) as forgotten
     from statement`,
  );
  if (isDeepStrictEqual(rows, [{ owed, forgotten: 0 }])) return [];
  return [`the statements say ${JSON.stringify(rows)}, and ${owed} is owed`];
}
