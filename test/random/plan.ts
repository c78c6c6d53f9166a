import fc from 'fast-check';
import { placeCode, type PlaceCode } from '../../domain/identifiers.ts';
import { patients } from './patients.ts';

/** What may happen in a random run. All of it comes from the seed; only the races are the machine's. */

export type Party = PlaceCode | 'centre';

/** `of` counts back from the newest message: 0 is the newest. `patienceMs`: then the answer is lost. */
export type Event =
  | { kind: 'request'; patient: number; pills: number; account: 'none' | 'own'; patienceMs: number }
  | { kind: 'counter'; patient: number; pills: number; withinMs: number }
  | { kind: 'repeat'; of: number; patienceMs: number }
  | { kind: 'other-body'; of: number }
  | { kind: 'same-batch'; of: number; patienceMs: number }
  | { kind: 'take-back'; of: number; patienceMs: number }
  | { kind: 'take-back-by-signal'; of: number }
  | { kind: 'take-back-first'; patient: number; pills: number }
  | { kind: 'announce'; place: PlaceCode; services: 'settlement' | 'all'; forMs: number | null }
  | { kind: 'prolong'; place: PlaceCode; byMs: number }
  | { kind: 'open'; place: PlaceCode }
  | { kind: 'restart'; party: Party }
  | { kind: 'cut-connections'; party: Party }
  | { kind: 'break'; table: (typeof breakable)[number] }
  | { kind: 'mend' }
  | { kind: 'close-month' };
export interface Happening {
  afterMs: number; // the one before it
  event: Event;
}

/** Tables that refuse every row while they are broken, so that the step which writes there stops. */
export const breakable = [
  { party: '510000', table: 'line_split' },
  { party: '500000', table: 'line_split' },
  { party: '510000', table: 'calculation' },
  { party: '500000', table: 'settlement_copy' },
  { party: 'centre', table: 'settlement' },
  { party: 'centre', table: 'reversal' },
] as const;

const places = ['500000', '510000'].map(placeCode);
const place = fc.constantFrom(...places);
const party = fc.constantFrom<Party>('centre', ...places);
const patient = fc.nat(patients.length - 1);
const pills = fc.integer({ min: 1, max: 400 });
const of = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(30) });
const patienceMs = fc.oneof(
  { weight: 2, arbitrary: fc.constant(2000) },
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
    weight: 8,
    arbitrary: fc.record({
      kind: kindOf('counter'),
      patient,
      pills,
      withinMs: fc.integer({ min: 200, max: 1500 }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: kindOf('repeat'), of, patienceMs }) },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('other-body'), of }) },
  { weight: 6, arbitrary: fc.record({ kind: kindOf('same-batch'), of, patienceMs }) },
  { weight: 14, arbitrary: fc.record({ kind: kindOf('take-back'), of, patienceMs }) },
  { weight: 5, arbitrary: fc.record({ kind: kindOf('take-back-by-signal'), of }) },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('take-back-first'), patient, pills }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kindOf('announce'),
      place,
      services: fc.constantFrom('settlement', 'all'),
      forMs: fc.option(fc.integer({ min: 100, max: 1500 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kindOf('prolong'),
      place,
      byMs: fc.integer({ min: 100, max: 800 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: kindOf('open'), place }) },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('restart'), party }) },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('cut-connections'), party }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kindOf('break'), table: fc.constantFrom(...breakable) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kindOf('mend') }) },
  { weight: 2, arbitrary: fc.record({ kind: kindOf('close-month') }) },
);

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 150 }) },
  ),
  event,
});

/** The same seed gives the same events. */
export function planOf(seed: number, events: number): Happening[] {
  const [plan] = fc.sample(fc.array(happening, { minLength: events, maxLength: events }), {
    seed,
    numRuns: 1,
    unbiased: true,
  });
  return plan ?? [];
}
