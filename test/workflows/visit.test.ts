import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually, patientMs } from '../patience.ts';
import { treatingStore } from '../../db/treating-store.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { createVisitClient } from '../../gateway/visit-client.ts';
import { settlementWorkflowId, visitWorkflowId } from '../../workflows/contracts.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  aBill,
  keepOnly,
  keyOf,
  openVisits,
  valsartan,
  type PartReply,
  type Reply,
  type TestBill,
} from '../visits.ts';
import { holding, untilBlocked } from './holding.ts';
import { resultOf, reverseNow, settleNow, untilPhase } from './scenarios.ts';

let system: TestSystem;
let gateway: ReturnType<typeof openVisits>;
const treating = placeCode('500000');
beforeAll(async () => {
  system = await createSystem('visit');
  gateway = openVisits(system);
});
afterAll(async () => {
  await gateway.close();
  await system.stop();
});

const withWorkers = (): void => {
  beforeAll(() => system.serve());
};

const kinds = ({ body }: Reply) => body.parts.map(({ disease, kind }) => `${disease} ${kind}`);
const part = (reply: Reply, disease: string): PartReply => {
  const found = reply.body.parts.find((each) => each.disease === disease);
  if (!found) throw new Error(`no part of ${disease}`);
  return found;
};
const settlementOf = (reply: Reply, disease: string) => ({
  institution: keyOf(aBill()).institution,
  messageId: part(reply, disease).messageId as ReturnType<typeof keyOf>['messageId'],
});
const ended = (bill: TestBill) => resultOf(system, visitWorkflowId(keyOf(bill)));
/** What the parties hold of the person: owed, used of accumulators, batches that are taken. */
async function books(person: string): Promise<unknown> {
  const { centre } = system.databases;
  const number = async (database: typeof centre, sql: string) =>
    (await database.query<{ n: string }>(sql)).rows[0]?.n;
  return {
    owed: await number(
      centre,
      `select coalesce(sum(p.amount), 0.00)::text as n from ledger_posting p
         join ledger_entry e on e.id = p.entry_id join request r using (settlement_id)
       where p.account like '%receivable' and r.body ->> 'person' = '${person}'`,
    ),
    used: await number(
      system.databases.place('510000'),
      `select coalesce(sum(value), 0.00)::text as n from accumulator where person = '${person}'`,
    ),
    taken: await number(
      system.databases.place('500000'),
      `select count(b.settlement_id) as n from fee_batch b join visit v on v.id = b.visit_id
       where v.person = '${person}'`,
    ),
  };
}
const stored = async (): Promise<unknown> => {
  const counts = ['visit', 'fee_batch', 'fee_line', 'whole_bill'].map(
    (table) => `(select count(*) from ${table})`,
  );
  const { rows } = await treatingRows(`select concat_ws(' ', ${counts.join(', ')}) as n`);
  return rows[0];
};
const treatingRows = (sql: string) => system.databases.place('500000').query(sql);

const twoDiseases = '51010000000000000002'; // retired, hypertension and diabetes
const ofThree = (changes: Partial<TestBill> = {}) =>
  aBill({ person: twoDiseases, ...changes }, [
    valsartan('200.00', 'M03900'),
    ['XA10BAM006A001010199006', '0.40', '100', '40.00', 'M01600'],
    valsartan('20.00'),
    valsartan('100.00', 'M03900'),
  ]);
const tumour = (changes: Partial<TestBill> = {}) =>
  aBill(changes, [valsartan('300.00', 'M03900'), valsartan('50.00', 'M00500')]);

const untilSettled = (request: ReturnType<typeof settlementOf>) =>
  untilPhase(system, settlementWorkflowId(request.institution, request.messageId), 'settled');
const batchOf = (of: string) => ({
  party: '500000',
  sql: 'select from fee_batch where batch_no = $1 for update',
  values: [of],
});

describe('a whole bill', () => {
  withWorkers();

  it('of two diseases and unrelated items is three settlements, each with its own lines', async () => {
    const bill = ofThree();
    const reply = await gateway.post(bill);
    expect(reply.statusCode).toBe(200);
    expect(kinds(reply)).toEqual(['M01600 settled', 'M03900 settled', 'none settled']);
    expect(
      reply.body.parts.map(({ messageId, result }) => [
        messageId,
        result?.feeCategory,
        result?.totals.total,
      ]),
    ).toEqual([
      [`${bill.messageId}-1`, '门诊慢特病', '40.00'],
      [`${bill.messageId}-2`, '门诊慢特病', '300.00'],
      [`${bill.messageId}-3`, '普通门诊', '20.00'],
    ]);
    const { rows } = await treatingRows(
      `select batch_no, string_agg(line_no, ' ' order by line_no) as lines from fee_line
       where batch_no like '${bill.messageId}-%' group by 1 order by 1`,
    );
    expect(rows.map(({ lines }: { lines: string }) => lines)).toEqual(['2', '1 4', '3']);
  });

  it('tells operators where and how many, and neither lines nor a name reach the history', async () => {
    const bill = ofThree();
    await gateway.post(bill);
    await ended(bill);
    const handle = system.client.workflow.getHandle(visitWorkflowId(keyOf(bill)));
    const { staticSummary } = (await handle.describe()) as { staticSummary?: () => unknown };
    expect(await staticSummary?.()).toBe(
      '四川省参保人在重庆市5000001000003就医，共 3 个部分，360.00 元',
    );
    const history = Buffer.from(JSON.stringify(await handle.fetchHistory())).toString();
    const decoded = history.replaceAll(/"[A-Za-z0-9+/=]{40,}"/g, (data) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(decoded).not.toContain('XA10BAM006A001010199006');
    expect(decoded).not.toContain('赵钱孙');
  });

  it('of which one part is refused: the others are settled all the same', async () => {
    const bill = tumour();
    const reply = await gateway.post(bill);
    expect(reply.statusCode).toBe(200);
    expect(kinds(reply)).toEqual(['M00500 refused', 'M03900 settled']);
    expect(part(reply, 'M00500')).toMatchObject({
      code: 'KS-ELG-07',
      sentence: expect.stringContaining('待遇资格') as string,
    });
    // 5203 finds what was refused by the request that was let in.
    const { rowCount } = await treatingRows(
      `select from settlement_request where message_id like '${bill.messageId}-%'`,
    );
    expect(rowCount).toBe(2);
  });

  it('sent twice at once and again gets the same answers, and is settled once', async () => {
    const bill = aBill();
    const [one, other] = await Promise.all([gateway.post(bill), gateway.post(bill)]);
    expect(one.statusCode).toBe(200);
    expect(other).toEqual(one);
    await ended(bill);
    await Promise.all(
      ['M03900', 'none'].map((disease) => untilSettled(settlementOf(one, disease))),
    );
    expect(await gateway.post(bill)).toEqual(one);
    const { rowCount } = await system.databases.centre.query(
      `select from settlement where workflow_id like '%/${bill.messageId}-%'`,
    );
    expect(rowCount).toBe(2);
  });

  it('with another content under the same message id is refused, and nothing of it is kept', async () => {
    const bill = aBill();
    await gateway.post(bill);
    const before = await stored();
    for (const other of [
      { ...bill, allOrNone: true },
      { ...aBill(), messageId: bill.messageId },
      { ...bill, visitNo: `${String(bill['visitNo'])}X` },
    ]) {
      const reply = await gateway.post(other);
      expect([reply.statusCode, reply.body.code]).toEqual([409, 'KS-SYS-02']);
    }
    expect(await stored()).toEqual(before);
  });

  it('whose execution Temporal has lost gets the stored answers of its parts', async () => {
    const bill = tumour();
    const first = await gateway.post(bill);
    await untilSettled(settlementOf(first, 'M03900'));
    const elsewhere = await createSystem('visit-lost', system.databases);
    const anew = openVisits(elsewhere);
    await elsewhere.startWorkers();
    expect(await anew.post(bill)).toEqual(first);
    await anew.close();
    await elsewhere.stop();
  });

  it('is begun also when it is of no more use to wait before it is, as where only its history is gone', async () => {
    const order = await keepOnly(system, aBill());
    const enough = new AbortController();
    const { workflowService: service } = system.client;
    const asked = service.executeMultiOperation.bind(service);
    const asking = vi.spyOn(service, 'executeMultiOperation').mockImplementationOnce((request) => {
      const answer = asked(request);
      enough.abort();
      return answer;
    });
    const visits = createVisitClient(system.client);
    expect(await visits.settle(order, patientMs, enough.signal)).toMatchObject({
      kind: 'answered',
      answer: { digest: order.digest },
    });
    asking.mockRestore();
    await resultOf(system, visitWorkflowId(order));
  });

  it('taken back whole by 2601 stands in no book, and a repeat says so of each part', async () => {
    const bill = ofThree();
    const before = await books(twoDiseases);
    const settled = ['M01600 settled', 'M03900 settled', 'none settled'];
    expect(kinds(await gateway.post(bill))).toEqual(settled);
    for (let time = 0; time < 2; time += 1) {
      expect(await gateway.undo(bill)).toMatchObject({ infcode: 0, err_msg: null });
    }
    await eventually(async () => {
      expect(await books(twoDiseases)).toEqual(before);
    });
    const reversed = ['M01600 reversed', 'M03900 reversed', 'none reversed'];
    expect(kinds(await gateway.post(bill))).toEqual(reversed);
  });

  it('of which 2601 comes first is refused when it arrives, and nothing of it is kept', async () => {
    const bill = ofThree();
    expect(await gateway.undo(bill)).toMatchObject({ infcode: 0 });
    const before = await stored();
    expect((await gateway.post(bill)).body.sentence).toMatch(
      /已被撤销，不会再结算.*〔KS-ELG-12〕$/,
    );
    expect(await stored()).toEqual(before);
  });

  it('of which 2208 takes one part back: the others stand, and a repeat says so', async () => {
    const bill = ofThree();
    const first = await gateway.post(bill);
    const taken = settlementOf(first, 'M01600');
    expect(await reverseNow(system, taken)).toMatchObject({ kind: 'reversed' });
    for (const reply of [await gateway.post(bill), await gateway.get(bill)]) {
      expect(kinds(reply)).toEqual(['M01600 reversed', 'M03900 settled', 'none settled']);
      expect(part(reply, 'M01600').sentence).toContain('已被撤销');
    }
  });

  it('is not answered by a request of the hospital’s own under the id of a part', async () => {
    const bill = aBill();
    const [first] = (await keepOnly(system, bill)).parts;
    const own = { ...first!, digest: 'another' };
    await system.client.workflow.start('settlement', {
      workflowId: settlementWorkflowId(own.institution, own.messageId),
      taskQueue: 'centre',
      args: [own],
    });
    const reply = await gateway.post(bill);
    expect(kinds(reply)).toEqual(['M03900 conflict', 'none settled']);
    expect(part(reply, 'M03900').code).toBe('KS-SYS-02');
  });
});

describe('all or none', () => {
  withWorkers();

  it('settles all when none is refused', async () => {
    const reply = await gateway.post(aBill({ allOrNone: true }));
    expect(kinds(reply)).toEqual(['M03900 settled', 'none settled']);
  });

  it('takes back what was settled when a part is refused: nothing stays in any book', async () => {
    const person = '51010000000000000001';
    const bill = tumour({ allOrNone: true });
    const before = await books(person);
    const reply = await gateway.post(bill);
    expect(reply.statusCode).toBe(200);
    expect(kinds(reply)).toEqual(['M00500 refused', 'M03900 reversed']);
    expect(part(reply, 'M03900').code).toBe('KS-ELG-12');
    const { institution, messageId } = settlementOf(reply, 'M03900');
    await resultOf(system, settlementWorkflowId(institution, messageId));
    expect(await books(person)).toEqual(before);
    await ended(bill);
    expect(await gateway.post(bill)).toEqual(reply);
  });

  it('of which a part was taken back since, repeated when all history is gone: the other one stands', async () => {
    const bill = aBill({ allOrNone: true });
    const { parts } = await keepOnly(system, bill);
    const [first, other] = parts;
    for (const each of parts) await settleNow(system, each);
    await untilSettled(first!);
    const workflowId = settlementWorkflowId(first!.institution, first!.messageId);
    await system.client.workflow.getHandle(workflowId).terminate('lost');
    await reverseNow(system, first!);
    await resultOf(system, workflowId);
    const reply = await gateway.post(bill);
    expect(kinds(reply)).toEqual(['M03900 reversed', 'none settled']);
    await untilSettled(other!);
    expect(await settleNow(system, other!)).toMatchObject({ kind: 'settled' });
  });

  it('says of a part that may not be taken back that it stands, and why', async () => {
    const year = new Date().getFullYear() - 1;
    const bill = tumour({ allOrNone: true, beganAt: `${year}-12-30 09:00:00` });
    // Settled before the other part is refused: what is taken back before that never is.
    const settled = (await keepOnly(system, bill)).parts.find(
      ({ disease }) => disease === 'M03900',
    );
    expect(await settleNow(system, settled!)).toMatchObject({ kind: 'settled' });
    const reply = await gateway.post(bill);
    expect(kinds(reply)).toEqual(['M00500 refused', 'M03900 settled']);
    expect(part(reply, 'M03900').code).toBe('KS-REV-01');
  });
});

describe('several diseases of a group with one combined ceiling', () => {
  withWorkers();

  // Residents of Chongqing, treated at a tertiary hospital of Chengdu: 40 % of what is in scope, at most
  // 1,000 a year for one disease of the group and 200 more for the second: 1,200 for both.
  const metoprolol = 'XC07ABM004A001010199004';
  const qualify = async (person: string): Promise<void> => {
    for (const disease of ['M03900', 'M01600']) {
      await system.databases
        .place('500000')
        .query(
          `insert into qualification (person, disease, valid_from, source) values ($1, $2, '2022-01-01', 'x')`,
          [person, disease],
        );
      await system.databases.centre.query(
        `insert into qualification (place, person, disease, valid_from, change_no)
         values ('500000', $1, $2, '2022-01-01', 0)`,
        [person, disease],
      );
    }
  };
  it.each([
    // 2,500 × 40 % = 1,000; of diabetes 1,000 × 40 % = 400, of which 200 are left: in scope up to 500
    [
      'hypertension first',
      'M03900',
      '50000000000000000004',
      {
        M03900: { fundTotal: '1000.00', poolSelf: '1500.00', overDiseaseLimit: '0.00' },
        M01600: { fundTotal: '200.00', poolSelf: '300.00', overDiseaseLimit: '500.00' },
      },
    ],
    // 1,000 × 40 % = 400; of hypertension 1,000, of which 800 are left: in scope up to 2,000
    [
      'diabetes first',
      'M01600',
      '50000000000000000006',
      {
        M01600: { fundTotal: '400.00', poolSelf: '600.00', overDiseaseLimit: '0.00' },
        M03900: { fundTotal: '800.00', poolSelf: '1200.00', overDiseaseLimit: '500.00' },
      },
    ],
  ] as const)('%s: together no more than the ceiling', async (_name, firstIs, person, expected) => {
    await qualify(person);
    const bill = aBill(
      {
        person,
        insuredRegion: '500000',
        insuranceType: '390',
        institution: 'H51010700901',
        treatingRegion: '510100',
      },
      [
        [metoprolol, '25.00', '100', '2500.00', 'M03900'],
        [metoprolol, '10.00', '100', '1000.00', 'M01600'],
      ],
    );
    const { parts } = await keepOnly(system, bill);
    const [first, second] = [...parts].sort(({ disease }) => (disease === firstIs ? -1 : 1));
    let reply: Promise<Reply> | undefined;
    await holding(system, { ...batchOf(second!.batch), party: '510000' }, async () => {
      reply = gateway.post(bill);
      await untilBlocked(system, '510000');
      await untilSettled(first!);
    });
    const settled = await reply!;
    const amounts = settled.body.parts.map(({ disease, result }) => {
      const { fundTotal, components } = result!.calculation.benefit;
      const { poolSelf, overDiseaseLimit } = components;
      return [disease, { fundTotal, poolSelf, overDiseaseLimit }];
    });
    expect(Object.fromEntries(amounts)).toEqual(expected);
  });
});

describe('a part that waits', () => {
  it('leaves the others answered, and is answered later, also by other workers', async () => {
    await system.serve();
    const bill = aBill();
    const [hypertension] = (await keepOnly(system, bill)).parts;
    const hurried = openVisits(system, { deadlineMs: 2_000 });
    let stopping: Promise<void> | undefined;
    await holding(system, batchOf(hypertension!.batch), async () => {
      const posted = await hurried.post(bill);
      expect(posted.statusCode).toBe(202);
      await eventually(async () => {
        const reply = await gateway.get(bill);
        expect(reply.statusCode).toBe(202);
        expect(kinds(reply)).toEqual(['M03900 pending', 'none settled']);
        const told = { phase: 'split', party: '500000', code: 'KS-SYS-05' };
        expect(part(reply, 'M03900')).toMatchObject(told);
      });
      stopping = system.rest();
    });
    await stopping;
    await system.serve();
    const reply = await gateway.post(bill);
    expect(reply.statusCode).toBe(200);
    expect(kinds(reply)).toEqual(['M03900 settled', 'none settled']);
    await hurried.close();
  });

  it('is not told as settled when it was taken back before the bill’s execution learnt its answer', async () => {
    await system.serve();
    const bill = aBill();
    const [hypertension] = (await keepOnly(system, bill)).parts;
    const execution = { workflowId: visitWorkflowId(keyOf(bill)) };
    const of = { namespace: system.namespace, execution, id: 'await-1', identity: 'test' };
    const hurried = openVisits(system, { deadlineMs: 2_000 });
    await holding(system, batchOf(hypertension!.batch), async () => {
      await hurried.post(bill);
      await eventually(() => system.client.workflowService.pauseActivity(of));
      await eventually(async () => {
        const { raw } = await system.client.workflow.getHandle(execution.workflowId).describe();
        expect(raw.pendingActivities?.map(({ state }) => state)).toEqual([4]); // paused, none runs
      });
    });
    await untilSettled(hypertension!);
    expect(kinds(await gateway.get(bill))).toEqual(['M03900 settled', 'none settled']);
    await reverseNow(system, hypertension!);
    expect(kinds(await gateway.get(bill))).toEqual(['M03900 reversed', 'none settled']);
    await system.client.workflowService.unpauseActivity(of);
    await ended(bill);
    expect(kinds(await gateway.get(bill))).toEqual(['M03900 reversed', 'none settled']);
    await hurried.close();
  });

  it('not settled in time, is settled when the bill is sent again with a new message id', async () => {
    await system.serve([treating]);
    const bill = aBill({ whenLate: 'refuse' });
    const hurried = openVisits(system, { deadlineMs: 2_000 });
    await hurried.post(bill);
    const reply = await gateway.post(bill);
    expect(reply.body.parts.map(({ code }) => code)).toEqual(['KS-CTR-01', 'KS-CTR-01']);
    await hurried.close();
    await system.serve();
    for (const { messageId } of reply.body.parts) {
      const { institution } = keyOf(bill);
      await resultOf(system, `settlement/${institution}/${messageId}`);
    }
    const again = await gateway.post({ ...bill, messageId: aBill().messageId });
    expect(kinds(again)).toEqual(['M03900 settled', 'none settled']);
    const doubled = await gateway.post({ ...bill, messageId: aBill().messageId });
    expect(kinds(doubled)).toEqual(['M03900 refused', 'none refused']);
    const { settlementId } = part(again, 'M03900').result!;
    expect(part(doubled, 'M03900').sentence).toContain(settlementId);
  });

  it('leaves nothing settled for certain where it is all or none', async () => {
    await system.serve();
    const bill = aBill({ allOrNone: true });
    const [hypertension, other] = (await keepOnly(system, bill)).parts;
    let answer: Promise<Reply> | undefined;
    await holding(system, batchOf(hypertension!.batch), async () => {
      answer = gateway.post(bill);
      await untilSettled(other!);
      const reply = await gateway.get(bill);
      expect(reply.statusCode).toBe(202);
      expect(kinds(reply)).toEqual(['M03900 pending', 'none pending']);
    });
    expect(kinds(await answer!)).toEqual(['M03900 settled', 'none settled']);
  });

  it('at the counter is decided in time: it is never settled, what else could be is', async () => {
    await system.serve([treating]);
    const bill = tumour({ whenLate: 'refuse' });
    const hurried = openVisits(system, { deadlineMs: 2_000 });
    await hurried.post(bill);
    const reply = await gateway.post(bill); // under load the first may come too early
    expect(reply.statusCode).toBe(200);
    expect(reply.body.parts.map(({ disease, code }) => [disease, code])).toEqual([
      ['M00500', 'KS-ELG-07'],
      ['M03900', 'KS-CTR-01'],
    ]);
    await hurried.close();
  });

  it('never takes back a request of the hospital’s own under the id of a part', async () => {
    await system.serve([treating]);
    const bill = tumour({ allOrNone: true });
    const { parts } = await keepOnly(system, bill);
    const [store, hypertension] = [
      treatingStore(system.databases.place('500000')),
      parts.find(({ disease }) => disease === 'M03900')!,
    ];
    const own = { ...hypertension, digest: 'another' };
    await treatingRows(`delete from settlement_request where message_id = '${own.messageId}'`);
    await store.keepRequest(own); // as 2207 does, before the bill comes
    const answer = settleNow(system, own);
    await untilPhase(system, settlementWorkflowId(own.institution, own.messageId), 'calculation');
    const reply = await gateway.post(bill);
    expect([reply.statusCode, reply.body.code]).toEqual([409, 'KS-SYS-02']);
    await system.serve();
    expect(await answer).toMatchObject({ kind: 'settled' });
  });

  it('is taken back where another is refused and all or none was asked for, without waiting for that place', async () => {
    await system.serve([treating]);
    const bill = tumour({ allOrNone: true });
    const reply = await gateway.post(bill);
    expect(kinds(reply)).toEqual(['M00500 refused', 'M03900 reversed']);
    const { institution, messageId } = settlementOf(reply, 'M03900');
    await system.serve();
    expect(await resultOf(system, settlementWorkflowId(institution, messageId))).toMatchObject({
      phase: 'reversed',
    });
  });
});
