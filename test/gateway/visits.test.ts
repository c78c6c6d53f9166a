import { describe, expect, it } from 'vitest';
import { diseaseCode, messageId, placeCode, settlementId } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import type { KeptBill, PartAnswer, VisitAnswer, VisitOrder } from '../../domain/visit-parts.ts';
import type { GatewayOptions } from '../../gateway/server.ts';
import type { VisitOutcome } from '../../gateway/visit-client.ts';
import { aGateway, aResult, aReversal, institution, refusedOutcome, type Json } from './fakes.ts';

const aLine = (change: Json = {}): Json => ({
  no: '1',
  item: 'XC02DEX001',
  disease: 'M03900',
  price: '2.000000',
  quantity: '5',
  amount: '10.00',
  doctor: 'D1',
  ...change,
});
const aBill = (change: Json = {}): Json => ({
  messageId: 'V1',
  institution: 'H50010100001',
  treatingRegion: '500101',
  insuredRegion: '510100',
  visitNo: 'MZ1',
  person: '51000000001234567890',
  insuranceType: '310',
  beganAt: '2026-11-22 09:15:00',
  total: '20.00',
  lines: [aLine(), aLine({ no: '2', disease: null })],
  ...change,
});
const settled: PartAnswer = { kind: 'settled', result: aResult() };
const answerTo = (
  { digest, allOrNone, parts }: VisitOrder,
  answer: PartAnswer = settled,
): VisitAnswer => ({
  digest,
  allOrNone,
  parts: parts.map((part) => ({
    messageId: part.messageId,
    disease: part.disease,
    batch: part.batch,
    answer,
  })),
});

/** A gateway that takes whole bills, with what it kept and what it let be settled. */
function aCounter(change: Partial<GatewayOptions> = {}) {
  const orders: VisitOrder[] = [];
  const kept: unknown[] = [];
  const world = {
    outcome: (order: VisitOrder, _?: AbortSignal): VisitOutcome | Promise<VisitOutcome> => ({
      kind: 'answered',
      answer: answerTo(order),
    }),
    standing: null as VisitAnswer | null,
    keeps: { kind: 'kept', visit: 'visit-1', isRepeated: false, batches: new Map() } as KeptBill,
  };
  const visits = {
    client: {
      settle: async (order: VisitOrder, _: number, enough?: AbortSignal) => {
        orders.push(order);
        return world.outcome(order, enough);
      },
      status: () => Promise.resolve(world.standing),
    },
    bills: new Map([
      [
        placeCode('500000'),
        {
          keepBill: (bill: unknown) => {
            kept.push(bill);
            return Promise.resolve(world.keeps);
          },
        },
      ],
    ]),
  };
  const { app, store, settlements } = aGateway({ visits, ...change });
  const read = ({ statusCode, body }: { statusCode: number; body: string }) => ({
    statusCode,
    body: JSON.parse(body) as Json,
  });
  const post = async (bill: unknown) => {
    const payload = typeof bill === 'string' ? bill : JSON.stringify(bill);
    return read(await app.inject({ method: 'POST', url: '/visits', payload }));
  };
  const get = async (path: string) =>
    read(await app.inject({ method: 'GET', url: `/visits/${path}` }));
  return { post, get, orders, kept, world, store, settlements };
}

describe('a bill that must be corrected', () => {
  it.each<[string, unknown, Json]>([
    ['is not JSON', '{', { code: 'KS-MSG-02' }],
    ['is no object', '[]', { code: 'KS-MSG-02' }],
    ['has no person', aBill({ person: undefined }), { code: 'KS-BIL-01', field: 'person' }],
    [
      'has a wrong amount',
      aBill({ lines: [aLine(), aLine({ amount: '1.234' })] }),
      { code: 'KS-BIL-02', field: 'amount', row: 2 },
    ],
    ['has no lines', aBill({ lines: [] }), { code: 'KS-BIL-02', field: 'lines' }],
    [
      'has a message id without room for its parts',
      aBill({ messageId: 'M'.repeat(27) }),
      { code: 'KS-BIL-02', field: 'messageId' },
    ],
    ['says allOrNone in words', aBill({ allOrNone: 'yes' }), { field: 'allOrNone' }],
    [
      'has a misspelt field',
      aBill({ lines: [aLine({ diseaze: 'M03900' })] }),
      { code: 'KS-BIL-03', field: 'diseaze', row: 1 },
    ],
    ['does not add up', aBill({ total: '19.99' }), { code: 'KS-BIL-04' }],
    ['has a line twice', aBill({ lines: [aLine(), aLine()] }), { code: 'KS-FEE-02', row: 2 }],
    [
      'has an item that the place does not know',
      aBill({ lines: [aLine(), aLine({ no: '2', item: 'X' })] }),
      { code: 'KS-FEE-04', row: 2 },
    ],
    [
      'has an unknown disease',
      aBill({ lines: [aLine({ disease: 'M99999' })], total: '10.00' }),
      { code: 'KS-FEE-05', row: 1 },
    ],
    [
      'has a disease that comes to less than nothing',
      aBill({
        lines: [
          aLine({ quantity: '-5', amount: '-10.00' }),
          aLine({ no: '2', disease: null, quantity: '10', amount: '20.00' }),
        ],
        total: '10.00',
      }),
      { code: 'KS-FEE-09' },
    ],
    ['is of another place', aBill({ treatingRegion: '330100' }), { code: 'KS-MSG-08' }],
    ['is of nobody’s institution', aBill({ institution: 'H1' }), { code: 'KS-MSG-09' }],
    ['is of the same place', aBill({ insuredRegion: '500101' }), { code: 'KS-MSG-10' }],
  ])('because it %s is refused by field and reason; nothing is kept', async (_name, bill, told) => {
    const { post, orders, kept } = aCounter();
    const { statusCode, body } = await post(bill);
    expect(statusCode).toBe(400);
    expect(body).toMatchObject(told);
    expect(body['sentence']).toMatch(/重新发送|请按省内业务办理/);
    expect([orders, kept]).toEqual([[], []]);
  });

  it('because it is too large is refused', async () => {
    const { post, kept } = aCounter();
    const { statusCode, body } = await post('x'.repeat(1024 * 1024 + 1));
    expect([statusCode, body['code']]).toEqual([413, 'KS-MSG-03']);
    expect(kept).toEqual([]);
  });

  it('never repeats what may be personal', async () => {
    const { post } = aCounter();
    const { body } = await post(aBill({ person: '赵钱孙 的编号' }));
    expect(body['field']).toBe('person');
    expect(body['sentence']).not.toContain('赵钱孙');
  });
});

describe('a bill in order', () => {
  it('is one request per disease, with the sums of the place’s scope, numbers read to the digit', async () => {
    const { post, orders } = aCounter();
    const lines = [aLine(), aLine({ no: '2', disease: null, price: 2, quantity: 5, amount: 10 })];
    const { statusCode } = await post(aBill({ lines, total: 20 }));
    expect(statusCode).toBe(200);
    expect(orders[0]).toMatchObject({ institution, messageId: 'V1', allOrNone: false });
    const declared = {
      total: '10.00',
      excluded: '0.00',
      overPriceLimit: '0.00',
      firstShare: '0.50',
      inScope: '9.50',
    };
    const common = { visit: 'visit-1', visitedOn: '2026-11-22', declared, account: 'none' };
    expect(orders[0]?.parts).toMatchObject([
      { ...common, messageId: 'V1-1', batch: 'V1-1', disease: 'M03900' },
      { ...common, messageId: 'V1-2', batch: 'V1-2', disease: 'none' },
    ]);
    expect(orders[0]?.parts[0]).not.toHaveProperty('counter');
  });

  it('reads a local disease code as the national one of the day', async () => {
    const { post, orders } = aCounter();
    await post(aBill({ lines: [aLine({ disease: 'TBYZ' })], total: '10.00' }));
    expect(orders[0]?.parts.map(({ disease }) => disease)).toEqual(['M01600']);
  });

  it('has one digest for one content, in whatever order its lines come and whatever is done when late', async () => {
    const { post, orders } = aCounter();
    const [first, second] = [aLine(), aLine({ no: '2', disease: null })];
    await post(aBill({ lines: [first, second] }));
    await post(aBill({ lines: [second, first], whenLate: 'refuse' }));
    await post(aBill({ allOrNone: true }));
    const [one, same, other] = orders.map(({ digest }) => digest);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('gives the places three quarters of the time where not in time means never', async () => {
    const { post, orders } = aCounter({ clock: () => 0 });
    await post(aBill({ whenLate: 'refuse' }));
    expect(orders[0]?.parts.map(({ counter }) => counter)).toEqual([
      { withinMs: 6000 },
      { withinMs: 6000 },
    ]);
  });

  it.each<[PartAnswer, number, Json]>([
    [settled, 200, { kind: 'settled', result: aResult() }],
    [
      {
        kind: 'refused',
        settlementId: settlementId('S1'),
        refusal: { reason: 'not-qualified', disease: diseaseCode('M03900') },
      },
      200,
      { kind: 'refused', settlementId: 'S1', code: 'KS-ELG-07' },
    ],
    [{ kind: 'reversed', reversal: null }, 200, { kind: 'reversed', code: 'KS-ELG-12' }],
    [
      { ...settled, notReversed: { reason: 'reversal-person-differs' } },
      200,
      { kind: 'settled', code: 'KS-REV-02' },
    ],
    [{ kind: 'conflict' }, 200, { kind: 'conflict', code: 'KS-SYS-02' }],
  ])('tells of each part how it stands: %j', async (answer, status, told) => {
    const { post, world } = aCounter();
    world.outcome = (order) => ({ kind: 'answered', answer: answerTo(order, answer) });
    const { statusCode, body } = await post(aBill());
    expect(statusCode).toBe(status);
    expect((body['parts'] as Json[])[1]).toMatchObject({
      no: 2,
      messageId: 'V1-2',
      disease: 'none',
      ...told,
    });
  });
});

describe('a part that is pending', () => {
  it('says what it waits for, of whom and until when, as far as that is known', async () => {
    const { post, world, settlements } = aCounter();
    world.outcome = (order) => ({ kind: 'answered', answer: answerTo(order, { kind: 'pending' }) });
    const unknown = await post(aBill());
    expect(unknown.statusCode).toBe(202);
    expect(unknown.body['parts']).toMatchObject([{ kind: 'pending', code: 'KS-SYS-01' }, {}]);
    const progress = {
      phase: 'calculation',
      party: placeCode('510000'),
      until: '2999-01-01T00:00:00.000Z',
      message: '系统升级',
    } as const;
    settlements.results = () => ({ kind: 'pending', progress });
    const known = await post(aBill());
    expect(known.statusCode).toBe(202);
    expect(known.body['parts']).toMatchObject([
      { kind: 'pending', code: 'KS-SYS-05', ...progress },
      { kind: 'pending', code: 'KS-SYS-05', ...progress },
    ]);
  });
});

describe('a part whose answer the bill’s execution has not', () => {
  const aPending = () => {
    const counter = aCounter();
    counter.world.outcome = (order) => ({
      kind: 'answered',
      answer: answerTo(order, { kind: 'pending' }),
    });
    return counter;
  };

  it('is told as its place’s copies say, where Temporal knows nothing of it', async () => {
    const { post, store } = aPending();
    store.copied.set('V1-1', { settled: { result: aResult(), disease: null }, reversal: null });
    store.copied.set('V1-2', { settled: null, reversal: aReversal() });
    const { statusCode, body } = await post(aBill());
    expect(statusCode).toBe(200);
    expect(body['parts']).toMatchObject([
      { kind: 'settled', result: aResult() },
      { kind: 'reversed', code: 'KS-ELG-12' },
    ]);
  });

  it('is pending until all are decided where it is all or none, and the centre decides that', async () => {
    const { post, settlements, store } = aPending();
    settlements.results = () => refusedOutcome;
    const from = instant('2020-01-01T00:00:00.000Z');
    const window = {
      id: 'W',
      party: 'centre',
      from,
      to: null,
      message: '系统升级',
      revision: 1,
    } as const;
    store.announced = [{ ...window, services: ['settlement'] }];
    const { statusCode, body } = await post(aBill({ allOrNone: true }));
    expect(statusCode).toBe(202);
    const told = { kind: 'pending', code: 'KS-SYS-05', party: 'centre', message: '系统升级' };
    expect(body['parts']).toMatchObject([told, told]);
  });
});

describe('a bill while its insured place is known to be closed', () => {
  const party = placeCode('510000');
  const progress = { phase: 'calculation', party, until: null, message: null } as const;
  /** Its first part is refused, the other one waits; nobody answers before that is of no more use. */
  const endless = () => {
    const counter = aCounter();
    const { store, world, settlements } = counter;
    const from = instant('2020-01-01T00:00:00.000Z');
    const window = { id: 'W', party, from, to: null, message: '系统升级', revision: 1 };
    store.announced = [{ ...window, services: ['settlement'] }];
    settlements.results = (of) => (of === 'V1-1' ? refusedOutcome : { kind: 'pending', progress });
    let enough: AbortSignal | undefined;
    world.outcome = (order, signal) =>
      new Promise((resolve) => {
        enough = signal;
        signal?.addEventListener('abort', () => {
          resolve({ kind: 'answered', answer: answerTo(order, { kind: 'pending' }) });
        });
      });
    return { ...counter, isEnough: () => enough?.aborted };
  };

  it('is answered as soon as each part has its answer or waits', async () => {
    const { post } = endless();
    const { statusCode, body } = await post(aBill());
    expect(statusCode).toBe(202);
    expect(body['parts']).toMatchObject([
      { kind: 'refused', code: 'KS-ELG-07' },
      { kind: 'pending', phase: 'calculation', message: '系统升级' },
    ]);
  });

  it('of which a refused part decides the others is waited for', async () => {
    const { post, settlements, isEnough } = endless();
    const told = post(aBill({ allOrNone: true }));
    await expect.poll(() => settlements.waits.length).toBeGreaterThan(1);
    expect(isEnough()).toBe(false);
    settlements.results = () => ({ kind: 'pending', progress });
    expect((await told).statusCode).toBe(202);
  });
});

describe('a bill that is not answered', () => {
  it.each<[VisitOutcome, number, string]>([
    [{ kind: 'conflict' }, 409, 'KS-SYS-02'],
    [{ kind: 'undetermined', error: new Error('x') }, 202, 'KS-SYS-01'],
  ])('is told why: %j', async (outcome, status, code) => {
    const { post, world } = aCounter();
    world.outcome = () => outcome;
    const { statusCode, body } = await post(aBill());
    expect([statusCode, body['code']]).toEqual([status, code]);
  });

  it.each<[KeptBill, number, string]>([
    [{ kind: 'bill-differs' }, 409, 'KS-SYS-02'],
    [{ kind: 'visit-differs' }, 400, 'KS-VIS-01'],
    [{ kind: 'line-taken', line: '2' }, 400, 'KS-FEE-03'],
    [{ kind: 'batch-differs', batch: 'V1-1' }, 400, 'KS-FEE-10'],
  ])('because it clashes with what is kept starts nothing: %j', async (keeps, status, code) => {
    const { post, world, orders } = aCounter();
    world.keeps = keeps;
    const { statusCode, body } = await post(aBill());
    expect([statusCode, body['code']]).toEqual([status, code]);
    expect(orders).toEqual([]);
  });

  const closed = () =>
    Promise.resolve({
      reason: 'maintenance' as const,
      party: placeCode('510000'),
      until: null,
      message: '系统升级',
    });
  it('because a place is known to be closed starts nothing, where it would be refused when late', async () => {
    const { post, orders } = aCounter({ door: closed });
    const { statusCode, body } = await post(aBill({ whenLate: 'refuse' }));
    expect([statusCode, body['code']]).toEqual([503, 'KS-SYS-04']);
    expect(orders).toEqual([]);
    await post(aBill());
    expect(orders).toHaveLength(1);
  });

  it('is let in all the same when it was begun before the place closed', async () => {
    const { post, orders, world, settlements } = aCounter({ door: closed });
    world.keeps = { kind: 'kept', visit: 'visit-1', isRepeated: true, batches: new Map() };
    world.standing = { digest: '', allOrNone: false, parts: [] };
    await post(aBill({ whenLate: 'refuse' }));
    expect(settlements.takenUp).toEqual(['V1-1', 'V1-2']); // where they were ended by hand
    const one = aCounter({
      door: ({ messageId: of }) => (of === messageId('V1-2') ? Promise.resolve(null) : closed()),
    });
    await one.post(aBill({ whenLate: 'refuse' }));
    expect([orders.length, one.orders.length]).toEqual([1, 1]);
  });
});

describe('asking how a bill stands', () => {
  it('says so of every part, and that a part was taken back since', async () => {
    const { get, world, settlements } = aCounter();
    const part = { messageId: messageId('V1-1'), disease: diseaseCode('M03900'), batch: 'V1-1' };
    world.standing = { digest: '', allOrNone: false, parts: [{ ...part, answer: settled }] };
    expect(await get('H50010100001/V1')).toMatchObject({
      statusCode: 200,
      body: { parts: [{ kind: 'settled', messageId: 'V1-1' }] },
    });
    settlements.now = 'reversed';
    expect(await get('H50010100001/V1')).toMatchObject({
      statusCode: 200,
      body: { parts: [{ kind: 'reversed', code: 'KS-ELG-12' }] },
    });
  });

  it.each(['H50010100001/V2', 'H50010100001/a%20b', '%2F/V1'])(
    'says of %s that there is none, and what to do',
    async (path) => {
      const { get } = aCounter();
      const { statusCode, body } = await get(path);
      expect(statusCode).toBe(404);
      expect(body['sentence']).toContain('重新发送同一账单');
    },
  );
});
