import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  placeCode,
  regionCode,
} from '../../domain/identifiers.ts';
import type { InstitutionChange, RegistryChange } from '../../domain/registry.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { countOf, partiesOf, rowsOf } from './steps.ts';

let databases: Databases;
let centre: Database;
let sichuan: Database;
let parties: ReturnType<typeof partiesOf>;
beforeAll(async () => {
  databases = await cloneDatabases('registry');
  centre = databases.centre;
  sichuan = databases.place('510000');
  parties = partiesOf(databases);
});
afterAll(() => databases.drop());

let changeNo = 1_000_000;
const nextNo = (): number => (changeNo += 1);
const numbered = (change: RegistryChange, no = nextNo()) => ({ no, change });
const accept = (place: string, ...changes: ReturnType<typeof numbered>[]): Promise<void> =>
  parties.centre.acceptRegistryChanges({ place: placeCode(place), changes });

const anInstitution = (changes: Partial<InstitutionChange> = {}): RegistryChange => ({
  kind: 'institution',
  body: {
    code: institutionCode('T1'),
    region: regionCode('510100'),
    name: '示例',
    level: 'primary',
    designatedFrom: day('2024-01-01'),
    designatedTo: null,
    ...changes,
  },
});
const anOpening = (institution: string, openTo: string | null = null): RegistryChange => ({
  kind: 'institution-disease',
  body: {
    institution: institutionCode(institution),
    disease: diseaseCode('M03900'),
    openFrom: day('2024-01-01'),
    openTo: openTo === null ? null : day(openTo),
  },
});
const aQualification = (person: string, validTo: string | null = null): RegistryChange => ({
  kind: 'qualification',
  body: {
    person: personId(person),
    disease: diseaseCode('M03900'),
    validFrom: day('2024-01-01'),
    validTo: validTo === null ? null : day(validTo),
  },
});
const ends = async (person: string): Promise<unknown[]> => {
  const rows = await rowsOf(
    centre,
    'select place, valid_to from qualification where person = $1 order by place',
    [person],
  );
  return rows.map((row) => [row['place'], row['valid_to']]);
};

describe('4号 二(一) what a place decided reaches the registry', () => {
  it('all of it: what the seeds say of both places stands in the registry', async () => {
    const tables = [
      ['qualification', 'person, disease, valid_from, valid_to'],
      ['filing', 'person, filed_for, category, valid_from, valid_to'],
      ['suspension', 'person, suspended_from, suspended_to'],
      ['disease_opening', 'disease, qualification_from, settlement_from'],
      ['institution', 'code, region, name, level, designated_from, designated_to'],
    ] as const;
    for (const [table, columns] of tables) {
      for (const [place, database] of databases.places) {
        const own = await rowsOf(database, `select ${columns} from ${table} order by ${columns}`);
        const copy = `select ${columns} from ${table} where place = $1 order by ${columns}`;
        expect(own).toEqual(await rowsOf(centre, copy, [place]));
        expect(own.length).toBeGreaterThan(0);
      }
    }
    const openings = 'select institution, disease, open_from, open_to from institution_disease';
    const own = await Promise.all(
      [...databases.places.values()].map((one) => rowsOf(one, openings)),
    );
    expect(new Set((await rowsOf(centre, openings)).map((row) => JSON.stringify(row)))).toEqual(
      new Set(own.flat().map((row) => JSON.stringify(row))),
    );
  });
  it('each kind of message, with all it says', async () => {
    const person = personId('R1');
    await accept(
      '510000',
      numbered(anInstitution({ code: institutionCode('R1'), designatedTo: day('2024-12-31') })),
      numbered(anOpening('R1', '2024-06-30')),
      numbered(aQualification('R1', '2024-07-31')),
      numbered({
        kind: 'unmigrated-qualification',
        body: {
          person,
          localCode: 'LOCAL1',
          oneOf: [diseaseCode('M08301'), diseaseCode('M08304')],
          validFrom: day('2024-01-15'),
          validTo: day('2024-07-15'),
        },
      }),
      numbered({
        kind: 'filing',
        body: {
          person,
          filedFor: regionCode('500000'),
          category: 'TMP_OTHER',
          validFrom: day('2024-02-01'),
          validTo: day('2024-08-31'),
        },
      }),
      numbered({
        kind: 'suspension',
        body: { person, suspendedFrom: day('2024-03-01'), suspendedTo: day('2024-09-30') },
      }),
      numbered({
        kind: 'disease-opening',
        body: {
          disease: diseaseCode('M08306'),
          qualificationFrom: day('2024-04-01'),
          settlementFrom: day('2024-05-01'),
        },
      }),
    );
    const landed = await Promise.all([
      rowsOf(
        centre,
        `select code, place, region, name, level, designated_from, designated_to from institution
         where code = 'R1'`,
      ),
      rowsOf(
        centre,
        `select institution, disease, open_from, open_to from institution_disease
         where institution = 'R1'`,
      ),
      rowsOf(
        centre,
        `select place, person, disease, valid_from, valid_to from qualification where person = 'R1'`,
      ),
      rowsOf(
        centre,
        `select place, person, local_code, one_of, valid_from, valid_to
         from unmigrated_qualification where person = 'R1'`,
      ),
      rowsOf(
        centre,
        `select place, person, filed_for, category, valid_from, valid_to from filing
         where person = 'R1'`,
      ),
      rowsOf(
        centre,
        `select place, person, suspended_from, suspended_to from suspension where person = 'R1'`,
      ),
      rowsOf(
        centre,
        `select place, disease, qualification_from, settlement_from from disease_opening
         where disease = 'M08306' and place = '510000'`,
      ),
    ]);
    const place = '510000';
    expect(landed.flat()).toEqual([
      {
        code: 'R1',
        place,
        region: '510100',
        name: '示例',
        level: 'primary',
        designated_from: '2024-01-01',
        designated_to: '2024-12-31',
      },
      { institution: 'R1', disease: 'M03900', open_from: '2024-01-01', open_to: '2024-06-30' },
      {
        place,
        person: 'R1',
        disease: 'M03900',
        valid_from: '2024-01-01',
        valid_to: '2024-07-31',
      },
      {
        place,
        person: 'R1',
        local_code: 'LOCAL1',
        one_of: ['M08301', 'M08304'],
        valid_from: '2024-01-15',
        valid_to: '2024-07-15',
      },
      {
        place,
        person: 'R1',
        filed_for: '500000',
        category: 'TMP_OTHER',
        valid_from: '2024-02-01',
        valid_to: '2024-08-31',
      },
      { place, person: 'R1', suspended_from: '2024-03-01', suspended_to: '2024-09-30' },
      {
        place,
        disease: 'M08306',
        qualification_from: '2024-04-01',
        settlement_from: '2024-05-01',
      },
    ]);
  });
});

describe('a message is taken once', () => {
  it('sent again it changes nothing, also when something newer came since', async () => {
    const first = numbered(aQualification('ONCE'));
    const second = numbered(aQualification('ONCE', '2024-05-31'));
    await accept('510000', first);
    await accept('510000', second);
    await accept('510000', first);
    expect(await ends('ONCE')).toEqual([['510000', '2024-05-31']]);
  });
  it('nor under the same number with other content', async () => {
    const no = nextNo();
    await accept('510000', numbered(aQualification('SAME'), no));
    await accept('510000', numbered(aQualification('SAME', '2024-05-31'), no));
    expect(await ends('SAME')).toEqual([['510000', null]]);
    expect(await countOf(centre, 'registry_upload where change_no = $1', [no])).toBe(1);
  });
  it('and a page that is partly known brings only what is new', async () => {
    const [old, fresh] = [numbered(aQualification('OLD')), numbered(aQualification('FRESH'))];
    await accept('510000', old);
    await accept('510000', numbered(aQualification('OLD', '2024-05-31')));
    await accept('510000', old, fresh);
    expect(await ends('OLD')).toEqual([['510000', '2024-05-31']]);
    expect(await ends('FRESH')).toEqual([['510000', null]]);
  });
  it('also when the same page comes several times at once', async () => {
    const page = Array.from({ length: 20 }, (_, index) => numbered(aQualification(`P${index}`)));
    await Promise.all(Array.from({ length: 4 }, () => accept('510000', ...page)));
    const numbers = page.map(({ no }) => no);
    const where = 'registry_upload where change_no = any($1)';
    expect(await countOf(centre, where, [numbers])).toBe(20);
  });
  it('the numbers of two places are their own', async () => {
    const no = nextNo();
    await accept('500000', numbered(aQualification('BOTH', '2024-05-31'), no));
    await accept('510000', numbered(aQualification('BOTH'), no));
    expect(await ends('BOTH')).toEqual([
      ['500000', '2024-05-31'],
      ['510000', null],
    ]);
  });
});

describe('the newest word wins', () => {
  it('of two pages', async () => {
    await accept('510000', numbered(aQualification('PAGES', '2024-05-31')));
    await accept('510000', numbered(aQualification('PAGES', '2024-06-30')));
    expect(await ends('PAGES')).toEqual([['510000', '2024-06-30']]);
  });
  it('inside one page, whatever its order', async () => {
    const [first, second, third] = [
      numbered(aQualification('PAGE', '2024-05-31')),
      numbered(aQualification('PAGE')),
      numbered(aQualification('PAGE', '2024-07-31')),
    ];
    await accept('510000', third, first, second);
    expect(await ends('PAGE')).toEqual([['510000', '2024-07-31']]);
  });
  it('also of a qualification that is not migrated, with all that it may become', async () => {
    const told = (oneOf: string[]): RegistryChange => ({
      kind: 'unmigrated-qualification',
      body: {
        person: personId('NARROWED'),
        localCode: 'LOCAL1',
        oneOf: oneOf.map(diseaseCode),
        validFrom: day('2024-01-01'),
        validTo: null,
      },
    });
    await accept('510000', numbered(told(['M08301', 'M08304'])), numbered(told(['M08304'])));
    const query = `select one_of from unmigrated_qualification where person = 'NARROWED'`;
    expect(await rowsOf(centre, query)).toEqual([{ one_of: ['M08304'] }]);
  });
  it('also when an older message comes after it', async () => {
    const older = numbered(aQualification('LATE', '2024-05-31'));
    const newer = numbered(aQualification('LATE', '2024-06-30'));
    await accept('510000', newer);
    await accept('510000', older);
    expect(await ends('LATE')).toEqual([['510000', '2024-06-30']]);
  });
});

describe('a place speaks for itself only', () => {
  const institution = async (code: string) => {
    const [row] = await rowsOf(centre, 'select * from institution where code = $1', [code]);
    return row;
  };
  const openings = (code: string) =>
    countOf(centre, 'institution_disease where institution = $1', [code]);

  it('it cannot change another place’s institution', async () => {
    const before = await institution('5000001000003');
    const stolen = anInstitution({ code: institutionCode('5000001000003') });
    await accept('510000', numbered(stolen));
    expect(await institution('5000001000003')).toEqual(before);
  });
  it('it cannot open a disease at another place’s institution', async () => {
    const before = await openings('5000001000003');
    await accept('510000', numbered(anOpening('5000001000003')));
    expect(await openings('5000001000003')).toBe(before);
  });
  it('it cannot close one there', async () => {
    const close = anOpening('5000001000003', '2022-12-31');
    await accept(
      '510000',
      numbered({ ...close, body: { ...close.body, openFrom: '2021-02-01' } } as RegistryChange),
    );
    expect(
      await countOf(
        centre,
        `institution_disease where institution = '5000001000003' and open_to is not null`,
      ),
    ).toBe(0);
  });
  it('it cannot speak under another place’s name', async () => {
    const forged = aQualification('FORGED');
    const body = { ...forged.body, place: '500000' };
    await accept('510000', numbered({ ...forged, body } as RegistryChange));
    expect(await ends('FORGED')).toEqual([['510000', null]]);
  });
  it('it may tell of a new institution and its diseases in one page, in any order', async () => {
    await accept(
      '510000',
      numbered(anOpening('NEW1')),
      numbered(anInstitution({ code: institutionCode('NEW1') })),
    );
    expect(await institution('NEW1')).toMatchObject({ place: '510000' });
    expect(await openings('NEW1')).toBe(1);
  });
});

describe('a place gives its messages in pages', () => {
  const next = (accepted: number[], atMost: number) =>
    parties.insured().nextRegistryChanges({ accepted, atMost });
  const note = async (person: string): Promise<number> => {
    const { kind, body } = aQualification(person);
    const [row] = await rowsOf(
      sichuan,
      'insert into registry_change (kind, body) values ($1, $2) returning no::int as no',
      [kind, JSON.stringify(body)],
    );
    return Number(row?.['no']);
  };

  it('in their order, until the centre has them all, and each that it has is marked', async () => {
    expect(await next([], 10)).toEqual([]); // the seeds were told
    const numbers = [await note('N1'), await note('N2'), await note('N3')];
    const first = await next([], 2);
    expect(first).toEqual([
      { no: numbers[0], change: aQualification('N1') },
      { no: numbers[1], change: aQualification('N2') },
    ]);
    const second = await next(numbers.slice(0, 2), 2);
    expect(second).toEqual([{ no: numbers[2], change: aQualification('N3') }]);
    expect(await next(numbers.slice(2), 2)).toEqual([]);
    const unsent = 'registry_change where sent_at is null';
    expect(await countOf(sichuan, unsent)).toBe(0);
  });
  it('and gives again what the centre did not say it has', async () => {
    const no = await note('N4');
    expect(await next([], 10)).toHaveLength(1);
    expect(await next([], 10)).toMatchObject([{ no }]);
    await next([no], 10);
  });
  it('and marks a message once, when it was first accepted', async () => {
    const no = await note('N5');
    await next([no], 10);
    const sentAt = () => rowsOf(sichuan, 'select sent_at from registry_change where no = $1', [no]);
    const first = await sentAt();
    await next([no], 10);
    expect(await sentAt()).toEqual(first);
  });
});
