import fc from 'fast-check';
import { placeCode, type PlaceCode } from '../../domain/identifiers.ts';
import { patients } from './patients.ts';

/** What may happen in a random run. All of it comes from the seed; only the races are the machine's. */

export type Party = PlaceCode | 'centre';

/**
 * `of` counts back from the newest message: 0 is the newest. `patienceMs`: then the answer is lost.
 * `settled` is what its hospital has heard to be settled.
 */
export type Event =
  | { kind: 'request'; patient: number; pills: number; account: 'none' | 'own'; patienceMs: number }
  | { kind: 'counter'; patient: number; pills: number; withinMs: number }
  | { kind: 'repeat'; of: number; patienceMs: number }
  | { kind: 'other-body'; of: number }
  | { kind: 'same-batch'; of: number; patienceMs: number }
  | { kind: 'take-back'; whose: 'settled' | 'any'; of: number; patienceMs: number }
  | { kind: 'take-back-by-signal'; of: number }
  | { kind: 'take-back-first'; patient: number; pills: number }
  | { kind: 'announce'; party: Party; services: 'settlement' | 'all'; forMs: number | null }
  | { kind: 'prolong'; party: Party; byMs: number }
  | { kind: 'open'; party: Party }
  | { kind: 'restart'; party: Party }
  | { kind: 'cut-connections'; party: Party }
  | { kind: 'break'; table: Table }
  | { kind: 'mend' }
  | { kind: 'hold'; table: Table; forMs: number }
  | { kind: 'close-month' };
export interface Happening {
  afterMs: number; // the one before it
  event: Event;
}

/**
 * Tables that refuse every row while they are broken, so that the step which writes there stops; and
 * that nobody can write while they are held, so that it hangs, and perhaps commits when it is too late.
 */
export interface Table {
  party: Party;
  name: 'line_split' | 'calculation' | 'settlement_copy' | 'settlement' | 'reversal';
}
const [chongqing, sichuan] = [placeCode('500000'), placeCode('510000')];
export const tables: readonly Table[] = [
  { party: chongqing, name: 'line_split' },
  { party: sichuan, name: 'line_split' },
  { party: chongqing, name: 'calculation' },
  { party: sichuan, name: 'calculation' },
  { party: chongqing, name: 'settlement_copy' },
  { party: 'centre', name: 'settlement' },
  { party: 'centre', name: 'reversal' },
];

export const parties: readonly Party[] = ['centre', chongqing, sichuan];
const party = fc.constantFrom<Party>(...parties);
const patient = fc.nat(patients.length - 1);
const pills = fc.integer({ min: 1, max: 400 });
const of = fc.oneof({ weight: 1, arbitrary: fc.nat(1) }, { weight: 2, arbitrary: fc.nat(30) });
const patienceMs = fc.oneof(
  { weight: 2, arbitrary: fc.constant(1500) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 60 }) },
);
const kindOf = <K extends Event['kind']>(kind: K) => fc.constant(kind);

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: kindOf('request'),
      patient,
      pills,
      account: fc.constantFrom('none', 'own'),
      patienceMs,
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: kindOf('counter'),
      patient,
      pills,
      withinMs: fc.integer({ min: 200, max: 1200 }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: kindOf('repeat'), of, patienceMs }) },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('other-body'), of }) },
  { weight: 6, arbitrary: fc.record({ kind: kindOf('same-batch'), of, patienceMs }) },
  {
    weight: 15,
    arbitrary: fc.record({
      kind: kindOf('take-back'),
      whose: fc.constantFrom('settled', 'any'),
      of,
      patienceMs,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: kindOf('take-back-by-signal'), of }) },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('take-back-first'), patient, pills }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kindOf('announce'),
      party,
      services: fc.constantFrom('settlement', 'all'),
      forMs: fc.option(fc.integer({ min: 100, max: 1500 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kindOf('prolong'),
      party,
      byMs: fc.integer({ min: 100, max: 800 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: kindOf('open'), party }) },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('restart'), party }) },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('cut-connections'), party }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kindOf('break'), table: fc.constantFrom(...tables) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('mend') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kindOf('hold'),
      table: fc.constantFrom(...tables),
      forMs: fc.integer({ min: 100, max: 1500 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kindOf('close-month') }) },
);

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 800 }) }, // so that something may end
  ),
  event,
});

/** The same seed gives the same events, in as many rounds. */
export function planOf(
  seed: number,
  { rounds, events }: { rounds: number; events: number },
): Happening[][] {
  const round = fc.array(happening, { minLength: events, maxLength: events });
  return fc.sample(round, { seed, numRuns: rounds, unbiased: true });
}
