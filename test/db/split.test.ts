import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Split } from '../../activities/treating-place.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  regionCode,
  settlementId,
} from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { price, quantity, yuan } from '../../domain/money.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { uploadBatches } from '../../db/batches.ts';
import type { Database } from '../../db/database.ts';
import { aCase, prepare, type TestCase, type TestLine } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { partiesOf, refusalOf, rowsOf, sqlState, untilWaiting, valueOf } from './steps.ts';

let databases: Databases;
let chongqing: Database;
let treating: ReturnType<ReturnType<typeof partiesOf>['treating']>;
beforeAll(async () => {
  databases = await cloneDatabases('split');
  chongqing = databases.place('500000');
  treating = partiesOf(databases).treating();
});
afterAll(() => databases.drop());

const uploaded = (changes: Partial<TestCase> = {}): Promise<SettlementRequest> =>
  prepare(databases, aCase({ visitedOn: '2025-03-05', ...changes }));

let settlements = 0;
const nextSettlement = () => settlementId(`SPLIT-${(settlements += 1)}`);
const split = (request: SettlementRequest, by = nextSettlement()) =>
  treating.split({ settlementId: by, request });
const refusal = async (
  request: SettlementRequest,
  by = nextSettlement(),
): Promise<Refusal | null> => refusalOf(await split(request, by));
const batchOf = async ({ visit, batch }: SettlementRequest) => {
  const [row] = await rowsOf(
    chongqing,
    `select settlement_id, workflow_id, frozen_at is not null as frozen from fee_batch
     where visit_id = $1 and batch_no = $2`,
    [visit, batch],
  );
  return row;
};
const intoCatalogue = `insert into catalogue_item (code, in_force_from, name, kind, class, restricted,
  price_limit_primary, price_limit_secondary, price_limit_tertiary, first_share_ratio_310,
  first_share_ratio_390, first_share_ratio_other, source)`;
const free = { settlement_id: null, workflow_id: null, frozen: false };
const splitLines = ({ visit }: SettlementRequest) =>
  rowsOf(
    chongqing,
    `select settlement_id, line_no, amount, excluded, over_price_limit, first_share, in_scope
     from line_split where visit_id = $1 order by line_no`,
    [visit],
  );

const valsartan: TestLine = {
  item: 'XC09CAX002A001010199002', // B, first share 0.05, limit 3.20
  price: '3.000000',
  quantity: '100',
  amount: '300.00',
};
const amlodipine: TestLine = {
  item: 'XC08CAA001A001010199001', // A, limit 1.50
  price: '2.000000',
  quantity: '10',
  amount: '20.00',
};

describe('4号 三(一) the split by the treating place’s scope', () => {
  it('gives the sums, the institution’s level and its region', async () => {
    expect(valueOf<Split>(await split(await uploaded()))).toEqual({
      totals: {
        total: '320.00',
        excluded: '0.00',
        overPriceLimit: '5.00',
        firstShare: '15.00',
        inScope: '300.00',
        overPriceLimitOf: { drug: '5.00', service: '0.00', consumable: '0.00' },
        hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
      },
      level: 'tertiary',
      region: '500000',
      channel: 'hospital',
      doctors: [],
    });
  });

  it('keeps each line’s parts and freezes the batch with settlement and workflow', async () => {
    const request = await uploaded();
    const by = nextSettlement();
    await split(request, by);
    expect(await batchOf(request)).toEqual({
      settlement_id: by,
      workflow_id: `settlement/5000001000003/${request.messageId}`,
      frozen: true,
    });
    const none = { settlement_id: by, excluded: '0.00' };
    expect(await splitLines(request)).toEqual([
      {
        ...none,
        line_no: '1',
        amount: '300.00',
        over_price_limit: '0.00',
        first_share: '15.00',
        in_scope: '285.00',
      },
      {
        ...none,
        line_no: '2',
        amount: '20.00',
        over_price_limit: '5.00',
        first_share: '0.00',
        in_scope: '15.00',
      },
    ]);
  });

  it('sums what is excluded and what is over the limit of each kind', async () => {
    const lines = [
      { item: 'XC01EBF017A001010199017', price: '4.00', quantity: '10', amount: '40.00' }, // C
      { item: '001102000010000', price: '20.00', quantity: '1', amount: '20.00' }, // A, limit 12.00
      { item: '003107010220000', price: '160.00', quantity: '1', amount: '160.00' }, // B, 0.10, 150.00
    ];
    expect(valueOf<Split>(await split(await uploaded({ lines }))).totals).toEqual({
      total: '220.00',
      excluded: '40.00',
      overPriceLimit: '18.00',
      firstShare: '15.00',
      inScope: '147.00',
      overPriceLimitOf: { drug: '0.00', service: '18.00', consumable: '0.00' },
      hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
    });
  });

  it('uses the catalogue of the visit day', async () => {
    await chongqing.query(
      `${intoCatalogue} values
         ('XDATED', '2021-01-01', 'dated', 'drug', 'A', false, 10, 10, 10, 0, 0, 0, 'illustrative'),
         ('XDATED', '2025-03-05', 'dated', 'drug', 'A', false, 8, 8, 8, 0, 0, 0, 'illustrative')`,
    );
    const lines = [{ item: 'XDATED', price: '12.00', quantity: '5', amount: '60.00' }];
    const over = async (visitedOn: string) =>
      valueOf<Split>(await split(await uploaded({ lines, visitedOn }))).totals.overPriceLimit;
    expect(await over('2025-03-04')).toBe('10.00');
    expect(await over('2025-03-05')).toBe('20.00');
  });

  it('takes limit and ratio of the institution’s level and the person’s insurance', async () => {
    await chongqing.query(
      `${intoCatalogue} values
         ('XLEVEL', '2021-01-01', 'l', 'drug', 'B', false, 8, 9, 10, 0.1, 0.2, 0.3, 'illustrative')`,
    );
    const lines = [{ item: 'XLEVEL', price: '12.00', quantity: '1', amount: '12.00' }];
    const partsAt = async (institution: string, insuranceType: '310' | '390') => {
      const of = await uploaded({ lines, institution, insuranceType });
      const { totals, level } = valueOf<Split>(await split(of));
      return [level, totals.overPriceLimit, totals.firstShare, totals.inScope];
    };
    const [tertiary, secondary] = ['5000001000003', '5000001007333'];
    expect(await partsAt(tertiary, '310')).toEqual(['tertiary', '2.00', '1.00', '9.00']);
    expect(await partsAt(tertiary, '390')).toEqual(['tertiary', '2.00', '2.00', '8.00']);
    expect(await partsAt(secondary, '310')).toEqual(['secondary', '3.00', '0.90', '8.10']);
    expect(await partsAt(secondary, '390')).toEqual(['secondary', '3.00', '1.80', '7.20']);
  });

  it('takes the place’s rules of the visit day', async () => {
    await chongqing.query(
      `insert into scope_rule values ('2025-04-01', 'gross', 0, 'x'), ('2025-05-01', 'capped', 0, 'x')`,
    );
    await chongqing.query(
      `${intoCatalogue} values
         ('XGROSS', '2021-01-01', 'g', 'drug', 'B', false, 10, 10, 10, 0.2, 0.2, 0.2, 'x')`,
    );
    const lines = [{ item: 'XGROSS', price: '15.00', quantity: '1', amount: '15.00' }];
    const share = async (visitedOn: string) =>
      valueOf<Split>(await split(await uploaded({ lines, visitedOn }))).totals.firstShare;
    expect(await share('2025-03-31')).toBe('2.00');
    expect(await share('2025-04-01')).toBe('3.00');
    expect(await share('2025-05-01')).toBe('2.00');
  });

  it('三(一) has an item that is listed for some diseases in scope for them alone', async () => {
    const lines = [{ item: 'XL04ADH030', price: '10.00', quantity: '1', amount: '10.00' }];
    await chongqing.query(
      `${intoCatalogue} values
         ('XL04ADH030', '2021-01-01', 'd', 'drug', 'A', false, null, null, null, 0, 0, 0, 'x')`,
    );
    await chongqing.query(
      `update catalogue_item set diseases = '{M01600,M08301}' where code = 'XL04ADH030'`,
    );
    const excluded = async (disease: string) =>
      valueOf<Split>(await split(await uploaded({ lines, disease }))).totals.excluded;
    expect(await excluded('M01600')).toBe('0.00');
    expect(await excluded('M03900')).toBe('10.00');
    expect(await excluded('none')).toBe('10.00');
  });

  it('keeps what the hospital bears above a limit, and the kind of each line', async () => {
    const lines = [
      { item: 'C0601010990100099031', price: '1.50', quantity: '10', amount: '15.00' }, // limit 1.00, 0.10
      { ...amlodipine },
    ];
    const request = await uploaded({ lines });
    const { totals } = valueOf<Split>(await split(request));
    expect(totals).toMatchObject({
      overPriceLimit: '10.00',
      overPriceLimitOf: { drug: '5.00', service: '0.00', consumable: '5.00' },
      hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '5.00' },
    });
    const kept = await rowsOf(
      chongqing,
      `select kind, over_price_limit, hospital_share from line_split where visit_id = $1 order by line_no`,
      [request.visit],
    );
    expect(kept).toEqual([
      { kind: 'consumable', over_price_limit: '5.00', hospital_share: '5.00' },
      { kind: 'drug', over_price_limit: '5.00', hospital_share: '0.00' },
    ]);
    const change = (share: string) =>
      sqlState(
        chongqing.query(`update line_split set hospital_share = ${share} where visit_id = $1`, [
          request.visit,
        ]),
      );
    expect([await change('5.01'), await change('-0.01')]).toEqual(['23514', '23514']);
  });

  it('tells who prescribed, each once, and nobody where a line does not say', async () => {
    const of = async (...doctors: (string | undefined)[]) => {
      const lines = doctors.map((doctor) => (doctor ? { ...valsartan, doctor } : valsartan));
      return valueOf<Split>(await split(await uploaded({ lines }))).doctors;
    };
    expect(await of('D2', 'D1', 'D2')).toEqual(['D1', 'D2']);
    expect(await of('D1', undefined)).toEqual([]);
    expect(await of(undefined)).toEqual([]);
  });

  it('tells that a pharmacy dispensed', async () => {
    const pharmacy = 'P51010400941';
    const lines = [
      { item: 'XC08CAA001A001010199001', price: '1.00', quantity: '1', amount: '1.00' },
    ];
    const of = { treatingPlace: '510000', insuredRegion: '500000', disease: 'M00500', lines };
    const treatingInSichuan = partiesOf(databases).treating('510000');
    const channelOf = async (institution: string) => {
      const request = await uploaded({ ...of, institution });
      const order = { settlementId: nextSettlement(), request };
      return valueOf<Split>(await treatingInSichuan.split(order)).channel;
    };
    expect(await channelOf(pharmacy)).toBe('pharmacy');
    expect(await channelOf('H51010700901')).toBe('hospital');
  });

  it('again gives the first answer and splits nothing twice', async () => {
    const request = await uploaded();
    const by = nextSettlement();
    const first = await split(request, by);
    expect(await split(request, by)).toEqual(first);
    expect(await splitLines(request)).toHaveLength(2);
  });

  it('of an item that left the catalogue since is a bug, and freezes nothing', async () => {
    await chongqing.query(
      `${intoCatalogue} values
         ('XGONE', '2021-01-01', 'gone', 'drug', 'A', false, null, null, null, 0, 0, 0, 'x')`,
    );
    const lines = [{ item: 'XGONE', price: '12.00', quantity: '1', amount: '12.00' }];
    const request = await uploaded({ lines });
    await chongqing.query(`delete from catalogue_item where code = 'XGONE'`);
    await expect(split(request)).rejects.toBeInstanceOf(InvariantViolation);
    expect(await batchOf(request)).toEqual(free);
  });
});

describe('a batch is refused', () => {
  it('when its lines are of several diseases', async () => {
    const lines = [valsartan, { ...amlodipine, disease: 'M01600' }];
    const request = await uploaded({ lines });
    expect(await refusal(request)).toEqual({
      reason: 'mixed-diseases',
      diseases: ['M01600', 'M03900'],
    });
    expect(await batchOf(request)).toEqual(free);
  });
  it('when a disease is mixed with ordinary outpatient care', async () => {
    const lines = [valsartan, { ...amlodipine, disease: 'none' }];
    expect(await refusal(await uploaded({ lines }))).toEqual({
      reason: 'mixed-diseases',
      diseases: ['M03900', 'none'],
    });
  });
  it.each([
    ['total', '320.01', '320.00'],
    ['total', '319.99', '320.00'],
    ['excluded', '0.01', '0.00'],
    ['overPriceLimit', '4.99', '5.00'],
    ['firstShare', '15.01', '15.00'],
    ['inScope', '-300.00', '300.00'],
  ] as const)('when its %s was declared as %s instead of %s', async (part, declared, computed) => {
    const request = await uploaded();
    const differing = { ...request, declared: { ...request.declared, [part]: declared } };
    expect(await refusal(differing)).toEqual({ reason: 'sums-differ', part, declared, computed });
    expect(await batchOf(request)).toEqual(free);
    expect(await splitLines(request)).toEqual([]);
  });
  it('when several sums differ, with the first of them', async () => {
    const request = await uploaded();
    const declared = { ...request.declared, firstShare: '14.00', inScope: '301.00' };
    expect(await refusal({ ...request, declared })).toMatchObject({ part: 'firstShare' });
  });
  it('not when a sum is written with fewer decimals', async () => {
    const request = await uploaded();
    const declared = { ...request.declared, total: '320', overPriceLimit: '5.0' };
    expect(await refusal({ ...request, declared })).toBeNull();
  });
  it('when its content changed, and when it is not there', async () => {
    const request = await uploaded();
    const changed = { reason: 'batch-changed' };
    expect(await refusal({ ...request, batchDigest: 'other' })).toEqual(changed);
    expect(await refusal({ ...request, batch: 'B2' })).toEqual(changed);
    expect(await refusal({ ...request, visit: 'nowhere' })).toEqual(changed);
    expect(await refusal(request)).toBeNull();
  });
  it.each([
    ['2025-01-01', '2024-12-31', 'batch-crosses-year'],
    ['2025-12-31', '2026-01-01', 'batch-crosses-year'],
    ['2025-01-01', '2025-12-31', undefined],
    ['2025-12-31', '2025-01-01', undefined],
  ])('visited on %s with a fee on %s: %s', async (visitedOn, on, reason) => {
    const request = await uploaded({ visitedOn, lines: [valsartan, { ...amlodipine, on }] });
    const no = await refusal(request);
    expect(no?.reason).toBe(reason);
    if (no) expect(no).toEqual({ reason, on: visitedOn, feeOn: on });
  });
  it('for all time: the same settlement gets the same refusal again', async () => {
    const request = await uploaded();
    const by = nextSettlement();
    const first = await refusal({ ...request, batchDigest: 'other' }, by);
    expect(await refusal(request, by)).toEqual(first);
    expect(await batchOf(request)).toEqual(free);
  });
  it('and is free for the next settlement', async () => {
    const request = await uploaded();
    await refusal({ ...request, declared: { ...request.declared, total: '1.00' } });
    expect(await refusal(request)).toBeNull();
  });
});

describe('refund lines', () => {
  const syringe = { item: 'C0601010990100099031', price: '1.50' }; // the hospital bears above 1.00
  const dialyser = { item: 'C0201010990100099026', price: '150.00' }; // the person bears above 128.00
  it.each([
    [
      'more than the hospital’s part of a kind',
      [
        { ...syringe, quantity: '-10', amount: '-15.00' },
        { ...dialyser, quantity: '1', amount: '150.00' },
      ],
      '-5.00',
    ],
    [
      'more than the person’s part of a kind',
      [
        { ...syringe, quantity: '400', amount: '600.00' },
        { ...dialyser, quantity: '-1', amount: '-150.00' },
      ],
      '-22.00',
    ],
  ])('that take back %s are refused', async (_name, lines, computed) => {
    expect(await refusal(await uploaded({ lines }))).toEqual({
      reason: 'part-below-zero',
      part: 'overPriceLimit',
      computed,
    });
  });
});

describe('a request that says otherwise than its batch and visit', () => {
  it('is refused when the lines are of another disease', async () => {
    const request = await uploaded();
    expect(await refusal({ ...request, disease: diseaseCode('M07801') })).toEqual({
      reason: 'mixed-diseases',
      diseases: ['M03900', 'M07801'],
    });
  });
  it.each([
    ['person', { person: personId('51010000000000000002') }],
    ['institution', { institution: institutionCode('5000001000004') }],
    ['day', { visitedOn: day('2025-03-06') }],
    ['insured region', { insuredRegion: regionCode('510300') }],
    ['insurance type', { insuranceType: '390' }],
  ] as const)('is refused when the visit has another %s', async (_, changes) => {
    const request = await uploaded();
    expect(await refusal({ ...request, ...changes })).not.toBeNull();
    expect(await batchOf(request)).toEqual(free);
  });
});

describe('a frozen batch', () => {
  it('is refused to every other settlement, with the id of the one that has it', async () => {
    const request = await uploaded();
    const first = nextSettlement();
    await split(request, first);
    const settled = { reason: 'batch-settled', settlement: first };
    expect(await refusal(request)).toEqual(settled);
    expect(await refusal({ ...request, batchDigest: 'other' })).toEqual(settled);
    expect((await batchOf(request))?.['settlement_id']).toBe(first);
  });
  it('does not freeze the other batches of the visit', async () => {
    const request = await uploaded();
    const line = {
      no: '3',
      item: valsartan.item,
      price: price('3.000000'),
      quantity: quantity('100'),
      amount: yuan('300.00'),
      approval: 'none' as const,
      disease: diseaseCode('M03900'),
      occurredOn: request.visitedOn,
      doctor: null,
    };
    const second = { batch: 'B2', digest: 'second', total: line.amount, lines: [line] };
    await uploadBatches(chongqing, request.visit, [second]);
    await split(request);
    const sums = { total: '300.00', firstShare: '15.00', inScope: '285.00' };
    const declared = { excluded: '0.00', overPriceLimit: '0.00', ...sums };
    const other = { ...request, batch: 'B2', batchDigest: 'second', declared };
    expect(await refusal(other)).toBeNull();
  });
  it('is freed by its release, and another settlement can take it', async () => {
    const request = await uploaded();
    const [first, second] = [nextSettlement(), nextSettlement()];
    await split(request, first);
    await treating.release(first);
    expect(await batchOf(request)).toEqual(free);
    expect(await splitLines(request)).toEqual([]);
    expect(await refusal(request, second)).toBeNull();
    expect((await batchOf(request))?.['settlement_id']).toBe(second);
  });
  it('stays with the next settlement when the first is released again', async () => {
    const request = await uploaded();
    const [first, second] = [nextSettlement(), nextSettlement()];
    await split(request, first);
    await treating.release(first);
    await split(request, second);
    await treating.release(first);
    expect((await batchOf(request))?.['settlement_id']).toBe(second);
    expect(await splitLines(request)).toHaveLength(2);
  });
  it('stays when a settlement that was refused it is released', async () => {
    const request = await uploaded();
    const [first, second] = [nextSettlement(), nextSettlement()];
    await split(request, first);
    await split(request, second);
    await treating.release(second);
    expect((await batchOf(request))?.['settlement_id']).toBe(first);
  });
});

describe('a split that comes after its release', () => {
  it('posts nothing, when the settlement had never split', async () => {
    const request = await uploaded();
    const by = nextSettlement();
    await treating.release(by);
    expect(await split(request, by)).toEqual({ voided: true });
    expect(await batchOf(request)).toEqual(free);
    expect(await splitLines(request)).toEqual([]);
  });
  it('posts nothing, when the settlement had split before', async () => {
    const request = await uploaded();
    const by = nextSettlement();
    await split(request, by);
    await treating.release(by);
    expect(await split(request, by)).toEqual({ voided: true });
    expect(await batchOf(request)).toEqual(free);
  });
  it('or at the same time leaves the batch free', async () => {
    for (let round = 0; round < 5; round += 1) {
      const request = await uploaded();
      const by = nextSettlement();
      await Promise.all([split(request, by), treating.release(by), split(request, by)]);
      expect(await batchOf(request)).toEqual(free);
      expect(await split(request, by)).toEqual({ voided: true });
    }
  });
});

describe('settlements that race for one batch', () => {
  it('one gets it, the others are refused with its id', async () => {
    const request = await uploaded();
    const racers = Array.from({ length: 8 }, () => nextSettlement());
    const refusals = await Promise.all(racers.map((racer) => refusal(request, racer)));
    const winners = racers.filter((_, index) => refusals[index] === null);
    expect(winners).toHaveLength(1);
    const settled = { reason: 'batch-settled', settlement: winners[0] };
    expect(refusals.filter((no) => no !== null)).toEqual(Array.from({ length: 7 }, () => settled));
    expect((await batchOf(request))?.['settlement_id']).toBe(winners[0]);
    expect(await splitLines(request)).toHaveLength(2);
  });
  it('one that waits for another’s unfinished split sees what came of it', async () => {
    const request = await uploaded();
    const holder = await chongqing.connect();
    await holder.query('begin');
    await holder.query(
      `update fee_batch set settlement_id = 'HOLDER', workflow_id = 'w', frozen_at = now()
       where visit_id = $1`,
      [request.visit],
    );
    const late = refusal(request);
    await untilWaiting(chongqing, 1);
    await holder.query('commit');
    holder.release();
    expect(await late).toEqual({ reason: 'batch-settled', settlement: 'HOLDER' });
  });
});
