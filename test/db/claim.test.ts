import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claim } from '../../activities/centre.ts';
import { closeMonth } from '../../db/statements.ts';
import { day, monthOf, type Day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  placeCode,
  regionCode,
  type PersonId,
} from '../../domain/identifiers.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { RegistryChange } from '../../domain/registry.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { today } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { aRecording, aRequest, claimOf, countOf, partiesOf, rowsOf } from './steps.ts';

let databases: Databases;
let centre: ReturnType<typeof partiesOf>['centre'];
beforeAll(async () => {
  databases = await cloneDatabases('claim');
  ({ centre } = partiesOf(databases));
});
afterAll(() => databases.drop());

const claim = (changes: Partial<SettlementRequest> = {}): Promise<Claim> =>
  centre.claim(aRequest(changes));
/** Why the registry refuses; null when it does not. */
async function refusal(changes: Partial<SettlementRequest>): Promise<Refusal | null> {
  const claimed = await claim(changes);
  if (claimed.kind === 'claimed') return null;
  return claimed.answer.kind === 'refused' ? claimed.answer.refusal : null;
}
const stored = ({ institution, messageId }: SettlementRequest) =>
  rowsOf(databases.centre, 'select * from request where institution = $1 and message_id = $2', [
    institution,
    messageId,
  ]);

let told = 1_000_000;
const tell = (place: string, ...changes: RegistryChange[]): Promise<void> =>
  centre.acceptRegistryChanges({
    place: placeCode(place),
    changes: changes.map((change) => ({ no: (told += 1), change })),
  });

type Days = readonly [from: string, to?: string];
const always: Days = ['2021-01-01'];
const asDay = (text: string | undefined): Day | null => (text === undefined ? null : day(text));
interface Told {
  place?: string;
  qualified?: Days | null;
  disease?: string;
  filed?: Days | null;
  filedFor?: string;
  suspended?: Days | null;
}
const aQualification = (person: PersonId, disease: string, [from, to]: Days): RegistryChange => ({
  kind: 'qualification',
  body: { person, disease: diseaseCode(disease), validFrom: day(from), validTo: asDay(to) },
});
const aFiling = (person: PersonId, filedFor: string, [from, to]: Days): RegistryChange => ({
  kind: 'filing',
  body: {
    person,
    filedFor: regionCode(filedFor),
    category: 'LT_RESIDENT',
    validFrom: day(from),
    validTo: asDay(to),
  },
});
const aSuspension = (person: PersonId, [from, to]: Days): RegistryChange => ({
  kind: 'suspension',
  body: { person, suspendedFrom: day(from), suspendedTo: asDay(to) },
});
let persons = 0;
/** Tells the registry of somebody: from Sichuan, qualified and filed for Chongqing for ever. */
async function aPerson(changes: Told = {}): Promise<PersonId> {
  const someone = {
    ...{ place: '510000', disease: 'M03900', filedFor: '500000' },
    ...{ qualified: always, filed: always, suspended: null },
    ...changes,
  };
  const { place, disease, filedFor, qualified, filed, suspended } = someone;
  const person = personId(`T${(persons += 1)}`);
  await tell(
    place,
    ...(qualified ? [aQualification(person, disease, qualified)] : []),
    ...(filed ? [aFiling(person, filedFor, filed)] : []),
    ...(suspended ? [aSuspension(person, suspended)] : []),
  );
  return person;
}
const inChengdu = {
  treatingPlace: placeCode('510000'),
  institution: institutionCode('H51010700901'),
  insuredPlace: placeCode('500000'),
  insuredRegion: regionCode('500000'),
};
const dayAfter = (on: string): string =>
  new Date(Date.parse(on) + 24 * 3600 * 1000).toISOString().slice(0, 10);

describe('one message is one request', () => {
  it('the first claim issues a settlement id that begins with the day in China', async () => {
    const request = aRequest();
    const claimed = await centre.claim(request);
    expect(claimed).toEqual({
      kind: 'claimed',
      settlementId: expect.stringMatching(/^\d{18}$/) as unknown,
      request: null,
      naming: {
        treatingPlace: '重庆市',
        insuredPlace: '四川省',
        institution: '陆军军医大学第一附属医院',
        disease: '高血压',
      },
    });
    expect(claimed.settlementId.slice(0, 8)).toBe(today().replaceAll('-', ''));
    expect(await stored(request)).toMatchObject([
      {
        settlement_id: claimed.settlementId,
        digest: request.digest,
        state: 'claimed',
        answer: null,
      },
    ]);
  });

  it('the same request again gets the same settlement id', async () => {
    const request = aRequest();
    const first = await centre.claim(request);
    expect(await centre.claim(request)).toEqual(first);
  });

  it('other messages, and the same message id of another institution, get other ids', async () => {
    const request = aRequest();
    const elsewhere = { ...request, institution: institutionCode('5000001000004') };
    const ids = [
      (await centre.claim(request)).settlementId,
      (await centre.claim(elsewhere)).settlementId,
      (await claim()).settlementId,
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('with another body the stored body is returned and judged, and nothing else changes', async () => {
    const request = aRequest();
    const { settlementId } = await centre.claim(request);
    const before = await stored(request);
    const other = { ...request, digest: 'other', person: personId('51010000000000000011') };
    expect(await centre.claim(other)).toMatchObject({ kind: 'claimed', settlementId, request });
    expect(await stored(request)).toEqual(before);
  });

  it('ten claims of it at once give one settlement id', async () => {
    const request = aRequest();
    const claims = await Promise.all(Array.from({ length: 10 }, () => centre.claim(request)));
    expect(new Set(claims.map(({ settlementId }) => settlementId)).size).toBe(1);
    expect(claims.every(({ kind }) => kind === 'claimed')).toBe(true);
    expect(await stored(request)).toHaveLength(1);
  });

  it('ten claims of it at once with different bodies agree on one body', async () => {
    const request = aRequest();
    const bodies = Array.from({ length: 10 }, (_, index) => ({ ...request, digest: `d${index}` }));
    const claims = await Promise.all(
      bodies.map(async (body) => ({ body, claimed: await centre.claim(body) })),
    );
    const agreed = claims.map(({ body, claimed }) => (claimed.request ?? body).digest);
    expect(new Set(agreed).size).toBe(1);
    expect(claims.filter(({ claimed }) => claimed.request === null)).toHaveLength(1);
  });
});

describe('a request that was answered', () => {
  it('with a refusal gets it again, also when it would be accepted now', async () => {
    const person = await aPerson({ qualified: null });
    const request = aRequest({ person });
    const first = await centre.claim(request);
    expect(first).toMatchObject({
      kind: 'answered',
      request: null,
      clearedIn: null,
      answer: {
        kind: 'refused',
        digest: request.digest,
        settlementId: first.settlementId,
        refusal: { reason: 'not-qualified' },
      },
    });
    await tell('510000', aQualification(person, 'M03900', always));
    expect(await centre.claim(request)).toEqual(first);
    expect(await refusal({ person })).toBeNull();
  });

  it('with a result gets the stored result, whatever the body says now', async () => {
    const claimed = await claimOf(databases, aRequest());
    const answer = await centre.record(aRecording(claimed));
    const { request, settlementId } = claimed;
    const again = { kind: 'answered', settlementId, answer, clearedIn: null };
    expect(await centre.claim(request)).toMatchObject({ ...again, request: null });
    expect(await centre.claim({ ...request, digest: 'other' })).toMatchObject({
      ...again,
      request,
    });
  });

  it('and stands on a statement is told the month it was cleared in', async () => {
    const claimed = await claimOf(databases, aRequest());
    await centre.record(aRecording(claimed));
    const month = monthOf(day(today()));
    await closeMonth(databases.centre, month);
    expect(await centre.claim(claimed.request)).toMatchObject({
      kind: 'answered',
      clearedIn: month,
    });
  });

  it('is not answered anew: the first answer stays', async () => {
    const { request, settlementId } = await claimOf(databases, aRequest());
    const refused = (reason: 'request-reversed' | 'batch-changed') =>
      ({ kind: 'refused', digest: request.digest, settlementId, refusal: { reason } }) as const;
    await centre.recordRefusal(refused('batch-changed'));
    await centre.recordRefusal(refused('request-reversed'));
    expect(await centre.claim(request)).toMatchObject({ answer: refused('batch-changed') });
  });
});

describe('a request that was voided before it came', () => {
  it('is refused as reversed, each time, and stays void', async () => {
    const request = aRequest();
    await databases.centre.query(
      `insert into request (institution, message_id, settlement_id, digest, body, state)
       values ($1, $2, 'VOID-1', $3, $4, 'void')`,
      [request.institution, request.messageId, request.digest, JSON.stringify(request)],
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await centre.claim(request)).toMatchObject({
        kind: 'answered',
        settlementId: 'VOID-1',
        answer: { kind: 'refused', refusal: { reason: 'request-reversed' } },
      });
    }
    expect(await stored(request)).toMatchObject([{ state: 'void', answer: null }]);
  });
});

describe('the visit day', () => {
  it('may be today, and not tomorrow', async () => {
    const tomorrow = dayAfter(today());
    expect(await refusal({ visitedOn: day(today()) })).toBeNull();
    expect(await refusal({ visitedOn: day(tomorrow) })).toEqual({
      reason: 'visit-in-future',
      on: tomorrow,
    });
  });
});

describe('a place that is not connected', () => {
  it.each([
    ['treating, and not enabled', { treatingPlace: placeCode('520000') }, '520000'],
    ['treating, and unknown', { treatingPlace: placeCode('990000') }, '990000'],
    ['insured, and not enabled', { insuredPlace: placeCode('520000') }, '520000'],
    ['insured, and unknown', { insuredPlace: placeCode('990000') }, '990000'],
    [
      'both unknown: the treating place is named',
      { treatingPlace: placeCode('980000'), insuredPlace: placeCode('990000') },
      '980000',
    ],
  ])('%s', async (_, changes, place) => {
    expect(await refusal(changes)).toEqual({
      reason: 'place-not-connected',
      place,
      on: '2025-03-05',
    });
  });
  it('the day before its first is refused, its first day is not', async () => {
    const person = await aPerson({ qualified: null });
    const on = (text: string) => ({ person, disease: 'none' as const, visitedOn: day(text) });
    expect(await refusal(on('2020-12-31'))).toMatchObject({
      reason: 'place-not-connected',
      place: '500000',
    });
    expect(await refusal(on('2021-01-01'))).toBeNull();
  });
  it('the insured place too', async () => {
    const connect = (from: string) =>
      databases.centre.query(`update place set connected_from = $1 where code = '640000'`, [from]);
    const place = '640000';
    const person = await aPerson({ place, qualified: null });
    const visit = { person, disease: 'none' as const, insuredPlace: placeCode(place) };
    await connect('2025-03-06');
    expect(await refusal(visit)).toMatchObject({ reason: 'place-not-connected', place });
    await connect('2025-03-05');
    expect(await refusal(visit)).toBeNull();
  });
});

describe('渝54号 二 the first days of a disease', () => {
  it.each(['M08301', 'M08302', 'M08303', 'M08304', 'M08305'])(
    'the transplant code %s settles at a Chongqing institution from 2021-12-25',
    async (code) => {
      const disease = diseaseCode(code);
      const person = await aPerson({ disease: code });
      expect(await refusal({ person, disease, visitedOn: day('2021-12-24') })).toEqual({
        reason: 'disease-not-open',
        place: '500000',
        disease: code,
        on: '2021-12-24',
        from: '2021-12-25',
      });
      expect(await refusal({ person, disease, visitedOn: day('2021-12-25') })).toBeNull();
    },
  );
  it('hypertension settles in Chongqing before, and the insured place has its own first day', async () => {
    const person = await aPerson();
    const notOpen = { reason: 'disease-not-open', disease: 'M03900' };
    const on = (text: string) => refusal({ person, visitedOn: day(text) });
    expect(await on('2021-01-31')).toMatchObject({
      ...notOpen,
      place: '500000',
      from: '2021-02-01',
    });
    expect(await on('2021-02-01')).toMatchObject({
      ...notOpen,
      place: '510000',
      from: '2021-12-25',
    });
    expect(await on('2021-12-24')).toMatchObject({
      ...notOpen,
      place: '510000',
      from: '2021-12-25',
    });
    expect(await on('2021-12-25')).toBeNull();
  });
  it('a disease that the place never opened has no first day', async () => {
    const disease = diseaseCode('M08306');
    expect(await refusal({ disease })).toEqual({
      reason: 'disease-not-open',
      place: '510000',
      disease: 'M08306',
      on: '2025-03-05',
      from: null,
    });
    expect(await refusal({ ...inChengdu, disease })).toMatchObject({ place: '510000', from: null });
  });
});

describe('4号 二(三) the institution', () => {
  it.each([
    ['of another place', { institution: institutionCode('H51010700901') }],
    ['that nobody knows', { institution: institutionCode('5000009999999') }],
  ])('%s is not designated', async (_, changes) => {
    expect(await refusal(changes)).toEqual({
      reason: 'institution-not-designated',
      institution: changes.institution,
      on: '2025-03-05',
    });
  });
  it.each([
    ['2022-12-31', 'institution-not-designated'],
    ['2023-01-01', 'institution-not-open-for-disease'],
    ['2023-01-31', 'institution-not-open-for-disease'],
    ['2023-02-01', undefined],
    ['2023-11-30', undefined],
    ['2023-12-01', 'institution-not-open-for-disease'],
    ['2023-12-31', 'institution-not-open-for-disease'],
    ['2024-01-01', 'institution-not-designated'],
  ])('designated in 2023, open from February to November, on %s: %s', async (on, reason) => {
    const code = institutionCode('T5000001');
    const designated = { designatedFrom: day('2023-01-01'), designatedTo: day('2023-12-31') };
    const open = { openFrom: day('2023-02-01'), openTo: day('2023-11-30') };
    const named = { region: regionCode('500000'), name: '示例', level: 'tertiary' } as const;
    await tell(
      '500000',
      { kind: 'institution', body: { code, ...named, ...designated } },
      {
        kind: 'institution-disease',
        body: { institution: code, disease: diseaseCode('M03900'), ...open },
      },
    );
    const person = await aPerson();
    const visit = { person, institution: code, visitedOn: day(on) };
    expect((await refusal(visit))?.reason).toBe(reason);
  });
  it('that opened other diseases is refused for this one, and not for ordinary care', async () => {
    const institution = institutionCode('H51070300931');
    const person = await aPerson({ place: '500000', disease: 'M08301', filedFor: '510700' });
    const visit = { ...inChengdu, institution, person };
    expect(await refusal({ ...visit, disease: diseaseCode('M08301') })).toEqual({
      reason: 'institution-not-open-for-disease',
      institution: 'H51070300931',
      disease: 'M08301',
      on: '2025-03-05',
    });
    expect(await refusal({ ...visit, disease: 'none' })).toBeNull();
  });
});

/** What a span from 2024-03-10 to 2024-03-20 says on the days around it. */
const around = [
  ['2024-03-09', false],
  ['2024-03-10', true],
  ['2024-03-20', true],
  ['2024-03-21', false],
] as const;
const span: Days = ['2024-03-10', '2024-03-20'];

describe('4号 二(一) the person in the registry', () => {
  it.each(around)('suspended from 03-10 to 03-20, on %s: %s', async (on, isHeld) => {
    const person = await aPerson({ suspended: span });
    const suspended = { reason: 'settlement-suspended', on, to: '2024-03-20' };
    expect(await refusal({ person, visitedOn: day(on) })).toEqual(isHeld ? suspended : null);
  });
  it('suspended without an end', async () => {
    const person = await aPerson({ suspended: ['2024-01-01'] });
    expect(await refusal({ person })).toMatchObject({ reason: 'settlement-suspended', to: null });
  });
  it.each(around)('qualified from 03-10 to 03-20, on %s: %s', async (on, isHeld) => {
    const person = await aPerson({ qualified: span });
    expect(await refusal({ person, visitedOn: day(on) })).toEqual(
      isHeld
        ? null
        : {
            reason: 'qualification-not-in-force',
            disease: 'M03900',
            on,
            from: '2024-03-10',
            to: '2024-03-20',
          },
    );
  });
  it('qualified for another disease', async () => {
    const person = await aPerson({ disease: 'M01600' });
    expect(await refusal({ person })).toEqual({ reason: 'not-qualified', disease: 'M03900' });
  });
  it.each(around)(
    '54号 二 qualified under a local code from 03-10 to 03-20, on %s: %s',
    async (on, isHeld) => {
      const person = await aPerson({ qualified: null });
      await tell('510000', {
        kind: 'unmigrated-qualification',
        body: {
          person,
          localCode: 'LOCAL1',
          oneOf: [diseaseCode('M01600'), diseaseCode('M03900')],
          validFrom: day(span[0]),
          validTo: asDay(span[1]),
        },
      });
      const notMigrated = {
        reason: 'qualification-not-migrated',
        disease: 'M03900',
        localCode: 'LOCAL1',
        on,
      };
      const notQualified = { reason: 'not-qualified', disease: 'M03900' };
      expect(await refusal({ person, visitedOn: day(on) })).toEqual(
        isHeld ? notMigrated : notQualified,
      );
    },
  );
  it('qualified by another place under the same number', async () => {
    const person = await aPerson({ place: '500000' });
    expect(await refusal({ person })).toEqual({ reason: 'not-qualified', disease: 'M03900' });
  });
  it.each(around)('filed from 03-10 to 03-20, on %s: %s', async (on, isHeld) => {
    const person = await aPerson({ filed: span });
    const outside = { reason: 'filing-not-in-force', on, from: '2024-03-10', to: '2024-03-20' };
    expect(await refusal({ person, visitedOn: day(on) })).toEqual(isHeld ? null : outside);
  });
  it('not filed', async () => {
    const person = await aPerson({ filed: null });
    expect(await refusal({ person })).toEqual({ reason: 'not-filed' });
  });
  it('filed for another place', async () => {
    const person = await aPerson({ filedFor: '440000' });
    expect(await refusal({ person })).toEqual({
      reason: 'filing-for-other-place',
      place: '500000',
      filedFor: ['440000'],
    });
  });
  it.each([
    ['510100', 'H51010700901', null],
    ['510100', 'H51070300931', 'filing-for-other-place'],
    ['510700', 'H51070300931', null],
    ['510700', 'H51010700901', 'filing-for-other-place'],
    ['510000', 'H51010700901', null],
    ['510000', 'H51070300931', null],
  ])('filed for %s, treated at %s: %s', async (filedFor, code, reason) => {
    const person = await aPerson({ place: '500000', filedFor });
    const visit = { ...inChengdu, institution: institutionCode(code), person };
    expect((await refusal(visit))?.reason ?? null).toBe(reason);
  });
  it('ordinary outpatient care needs a filing and no qualification', async () => {
    const filed = await aPerson({ qualified: null });
    const neither = await aPerson({ qualified: null, filed: null });
    expect(await refusal({ person: filed, disease: 'none' })).toBeNull();
    expect(await refusal({ person: neither, disease: 'none' })).toEqual({ reason: 'not-filed' });
  });
});

describe('of many reasons at once the first is told', () => {
  it('in the order day, places, disease, institution, suspension, qualification, filing', async () => {
    await databases.centre.query(
      `update place set connected_from = '2021-01-01' where code = '650000'`,
    );
    const toThem = { place: '500000', disease: 'M08305', filedFor: '510100' };
    const wrong = { ...toThem, suspended: always, qualified: null, filed: null };
    // Wrong in everything; each row mends what the row before was refused for.
    const rows: [Partial<SettlementRequest>, Refusal['reason'] | undefined][] = [
      [
        {
          visitedOn: day('2099-01-01'),
          treatingPlace: placeCode('520000'),
          disease: diseaseCode('M08306'),
          insuredPlace: placeCode('530000'),
          institution: institutionCode('H51010600921'),
          person: await aPerson(wrong),
        },
        'visit-in-future',
      ],
      [{ visitedOn: day('2025-03-05') }, 'place-not-connected'],
      [{ treatingPlace: placeCode('510000') }, 'disease-not-open'],
      [{ disease: diseaseCode('M08305') }, 'place-not-connected'],
      [{ insuredPlace: placeCode('650000') }, 'disease-not-open'],
      [{ insuredPlace: placeCode('500000') }, 'institution-not-designated'],
      [{ institution: institutionCode('H51010400911') }, 'institution-not-open-for-disease'],
      [{ institution: institutionCode('H51010700901') }, 'settlement-suspended'],
      [{ person: await aPerson({ ...wrong, suspended: null }) }, 'not-qualified'],
      [{ person: await aPerson({ ...toThem, filed: null }) }, 'not-filed'],
      [{ person: await aPerson(toThem) }, undefined],
    ];
    let visit: Partial<SettlementRequest> = {};
    for (const [mended, reason] of rows) {
      visit = { ...visit, ...mended };
      expect((await refusal(visit))?.reason).toBe(reason);
    }
  });
});

describe('a claim that breaks', () => {
  it('leaves no request behind', async () => {
    const request = aRequest();
    const { institution, messageId } = request;
    await databases.centre.query('alter table place rename to place_away');
    await expect(centre.claim(request)).rejects.toThrow('place');
    await databases.centre.query('alter table place_away rename to place');
    const where = 'request where institution = $1 and message_id = $2';
    expect(await countOf(databases.centre, where, [institution, messageId])).toBe(0);
  });
});
