import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { placeOf, type Disease } from '../../domain/identifiers.ts';
import { gapsOf } from '../../domain/insured-place/coverage.ts';
import { firstDaysOf } from '../../seeds/policy-openings.ts';
import { connectedPlaces, readSeeds, type PlaceSeeds } from '../../seeds/read.ts';

/**
 * That no day, place and disease of the seeds is without a rule or a lapse. It looks at no amount. The
 * diseases asked for are those that each place's openings have: the five groups of 2024 (rules.md B-4)
 * are among them from the day on which their codes are in diseases.yaml and a place opens them.
 */
const seeds = readSeeds();
const { places, diseases } = seeds;
const known = new Set<Disease>([...diseases.map(({ code }) => code), 'none']);
const policies = [...seeds.ofPlace.values()].flatMap((of) => of.policies);
const connected = connectedPlaces(seeds).map((code): [string, PlaceSeeds] => [
  places.find((place) => place.code === code)?.name ?? code,
  seeds.ofPlace.get(code)!,
]);

describe.each(connected)('%s', (_name, of) => {
  test('opens diseases, and says from when on', () => {
    expect(of.openings.length).toBeGreaterThan(0);
  });
  test('has a policy, and never two of one region', () => {
    const regions = of.policies.map(({ policy }) => policy.region);
    expect(regions.length).toBeGreaterThan(0);
    expect(new Set(regions).size).toBe(regions.length);
  });
});

describe.each(policies.map(({ policy }) => [policy.name, policy] as const))(
  '%s',
  (_name, policy) => {
    const place = places.find(({ code }) => code === placeOf(policy.region));
    const openings = seeds.ofPlace.get(policy.place)?.openings ?? [];
    const entries = Object.values(policy.policies).flatMap((of) => Object.entries(of));

    test('has a rule or a lapse for both insurance types and every disease, from its first day on', () => {
      expect(gapsOf(policy, firstDaysOf(place, openings, diseases), day('2026-12-31'))).toEqual([]);
    });
    test('has diseases of the national list alone', () => {
      expect(
        entries.map(([disease]) => disease).filter((code) => !known.has(code as Disease)),
      ).toEqual([]);
    });
    test('never starts two entries of a disease on one day', () => {
      for (const [, list = []] of entries) {
        const days = list.map(({ inForceFrom }) => inForceFrom);
        expect(new Set(days).size).toBe(days.length);
      }
    });
  },
);

test('ordinary outpatient care is asked for from the day on which the place is connected', () => {
  const chongqing = places.find(({ code }) => code === '500000');
  expect(firstDaysOf(chongqing, [], diseases)).toEqual([{ disease: 'none', from: '2021-01-01' }]);
});
test('a disease is asked for from the day on which its place settles it', () => {
  const opening = { ...connected[0]![1].openings[0]!, settlementFrom: day('2021-12-25') };
  expect(
    firstDaysOf(
      places.find(({ code }) => code === '500000'),
      [opening],
      diseases,
    )[0],
  ).toEqual({
    disease: opening.disease,
    from: '2021-12-25',
  });
});
test('of a place that is not connected every disease is asked for, on no certain day', () => {
  const beijing = places.find(({ code }) => code === '110000');
  const firstDays = firstDaysOf(beijing, [], diseases);
  expect(firstDays).toHaveLength(diseases.length + 1);
  expect(new Set(firstDays.map(({ from }) => from))).toEqual(new Set([null]));
});
