import { describe, expect, test } from 'vitest';

import { placeCode, settlementId } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import type { Profile } from '../../domain/treating-place/profile.ts';
import type { GatewayOptions } from '../../gateway/server.ts';
import {
  aGatewayWithBatch,
  aResult,
  aReversal,
  anEnvelope,
  anOrder,
  type Json,
  type Reply,
} from './fakes.ts';

const sichuan = placeCode('510000');
const waiting: Profile = { whenLate: 'wait', pendingCode: '2001' };
const able: Profile = { whenLate: 'refuse', pendingCode: '2001' };

async function aCounter(profile?: Profile, options: Partial<GatewayOptions> = {}) {
  const gateway = await aGatewayWithBatch(options);
  if (profile) gateway.store.profile = profile;
  const ask = async (message: Json, header?: string): Promise<Reply> => {
    const headers: Record<string, string> =
      header === undefined ? {} : { 'Kuasheng-When-Late': header };
    return (await gateway.post(JSON.stringify(message), headers)).json<Reply>();
  };
  const order = (header?: string, change: Json = {}) =>
    ask(anEnvelope('2207', { data: anOrder(change) }), header);
  return { ...gateway, ask, order };
}

describe('what a sender wants when the answer takes long', () => {
  test.each([
    ['nothing said, nothing known', undefined, undefined, 'refuse'],
    ['the profile waits', waiting, undefined, 'wait'],
    ['the profile waits, this request does not', waiting, 'refuse', 'refuse'],
    ['the profile does not, this request waits', able, 'wait', 'wait'],
  ] as const)('%s', async (_, profile, header, choice) => {
    const { order, settlements } = await aCounter(profile);
    expect(await order(header)).toMatchObject({ infcode: 0 });
    expect(settlements.choices).toEqual([choice]);
  });

  test('an honest repeat may want something else', async () => {
    const { order, settlements } = await aCounter(able);
    await order('wait');
    expect(await order('refuse')).toMatchObject({ infcode: 0 });
    const [first, second] = settlements.requests;
    expect(second?.digest).toBe(first?.digest);
  });

  test('a wrong word is refused with what was received, and nothing is kept', async () => {
    const { order, store, settlements } = await aCounter(waiting);
    expect((await order('Later')).err_msg).toBe(
      '请求头 Kuasheng-When-Late 应为 refuse（到时不结算）或 wait（继续等待），收到 Later，请更正后重新发送。〔KS-MSG-11〕',
    );
    expect([store.kept, settlements.requests]).toEqual([[], []]);
  });

  test('who has no status for it cannot wait, and nothing is kept', async () => {
    const { order, store, settlements } = await aCounter();
    expect((await order('wait')).err_msg).toMatch(
      /^请求头 Kuasheng-When-Late 为 wait，.*〔KS-MSG-12〕$/,
    );
    expect([store.kept, settlements.requests]).toEqual([[], []]);
  });

  test('a known window turns away who does not wait, and nothing is kept; who waits is let in', async () => {
    const closed = { reason: 'maintenance', party: sichuan, until: null, message: '升级' } as const;
    const { order, store } = await aCounter(able, { door: () => Promise.resolve(closed) });
    expect((await order()).err_msg).toMatch(/〔KS-SYS-04〕$/);
    expect(store.kept).toEqual([]);
    expect(await order('wait')).toMatchObject({ infcode: 0 });
    expect(store.kept).toHaveLength(1);
  });

  test('another content under a message id that is on its way is told so, never that it is accepted', async () => {
    const { order, settlements } = await aCounter(waiting);
    settlements.outcome = () => ({ kind: 'pending', progress });
    expect((await order()).err_msg).toMatch(/^已受理/);
    expect((await order(undefined, { acct_used_flag: '1' })).err_msg).toMatch(/〔KS-SYS-02〕$/);
    expect(settlements.requests).toHaveLength(1);
  });
});

const progress = { phase: 'calculation', party: sichuan, until: null, message: null } as const;
const told = { until: '2099-12-30T22:00:00.000Z', message: '系统升级' };
const prolonged = {
  id: '510000-1',
  party: sichuan,
  services: ['settlement' as const],
  from: instant('2020-01-01T00:00:00.000Z'),
  to: instant('2099-12-31T00:00:00.000Z'),
  message: '延长',
  revision: 2,
};

const soon = instant(new Date(Date.now() + 4000).toISOString()); // an answer is due in eight seconds

describe('a settlement that is accepted and pending', () => {
  const saying = (what: string, when = '届时') =>
    `已受理，尚未结算：等待四川省的${what}，之后自动完成，请勿重新收费，也勿更换报文编号，请${when}用同一报文重新发送，或用结算信息查询（5203）取得结果。〔KS-SYS-05〕`;

  test.each([
    ['for a place that is silent', progress, [], saying('待遇计算', '稍后')],
    ['phase unknown', { ...progress, phase: null }, [], saying('应答', '稍后')],
    [
      'until its place said',
      { ...progress, ...told },
      [],
      saying('待遇计算，该方停机维护至2099年12月31日06:00（系统升级）'),
    ],
    [
      'until the window says that was prolonged since',
      { ...progress, ...told },
      [prolonged],
      saying('待遇计算，该方停机维护至2099年12月31日08:00（延长）'),
    ],
    [
      'until nobody knows when',
      progress,
      [{ ...prolonged, to: null }],
      saying('待遇计算，该方停机维护恢复时间待定（延长）', '稍后'),
    ],
    [
      'its turn, after a window that is over',
      { ...progress, ...told, until: '2020-01-01T00:00:00.000Z' },
      [],
      saying('待遇计算', '稍后'),
    ],
    [
      'an undo, which a window of settlements does not hold',
      { ...progress, phase: 'refusing' as const },
      [prolonged],
      saying('释放收费批次', '稍后'),
    ],
    [
      'the centre’s record of a refusal, which a window of settlements holds',
      { phase: 'refusing' as const, party: 'centre' as const, until: told.until, message: '' },
      [{ ...prolonged, party: 'centre' as const }],
      saying('释放收费批次，该方停机维护至2099年12月31日08:00（延长）').replace(
        '四川省',
        '国家级经办机构',
      ),
    ],
  ])('waits %s', async (_, pending, windows, sentence) => {
    const { order, store, settlements } = await aCounter(waiting);
    store.announced = windows;
    settlements.outcome = () => ({ kind: 'pending', progress: pending });
    const reply = await order();
    expect(reply).toMatchObject({ infcode: 2001, err_msg: sentence, output: null });
  });

  test('says what the step said where the windows cannot be read', async () => {
    const { order, store, settlements } = await aCounter(waiting);
    store.windows = () => Promise.reject(new Error('down'));
    settlements.outcome = () => ({ kind: 'pending', progress: { ...progress, ...told } });
    expect((await order()).err_msg).toContain('至2099年12月31日06:00');
  });
});

describe('who waits while a party is known to be closed', () => {
  const open = { ...prolonged, to: null };
  /** A settlement without an answer: whoever waits for it waits until that is of no more use. */
  const endless = async (windows: (typeof open | typeof prolonged)[], profile = waiting) => {
    const counter = await aCounter(profile);
    const { store, settlements } = counter;
    store.announced = windows;
    settlements.outcome = () =>
      new Promise((resolve) => {
        settlements.enough?.addEventListener('abort', () => {
          resolve({ kind: 'pending', progress });
        });
      });
    settlements.results = () => ({ kind: 'pending', progress });
    return counter;
  };

  test.each([
    ['until a day', prolonged, '至2099年12月31日08:00（延长）'],
    ['until nobody knows when', open, '恢复时间待定（延长）'],
  ])('%s: is told so as soon as the settlement waits', async (_, window, until) => {
    const { order } = await endless([window]);
    expect((await order()).err_msg).toContain(`等待四川省的待遇计算，该方停机维护${until}`);
  });

  test('and repeats, without waiting this time, what waits: is told the same', async () => {
    const { order } = await endless([open], able);
    const first = await order('wait');
    expect(first).toMatchObject({ infcode: 2001 });
    expect((await order('refuse')).err_msg).toBe(first.err_msg);
  });

  test('is not told so before the settlement has begun and waits', async () => {
    const { order, settlements } = await endless([open]);
    settlements.results = () => ({ kind: 'unknown' });
    const told = order();
    await expect.poll(() => settlements.waits.length).toBeGreaterThan(1);
    expect(settlements.enough?.aborted).toBe(false);
    settlements.results = () => ({ kind: 'pending', progress });
    expect((await told).err_msg).toMatch(/^已受理/);
  });

  test.each([
    ['nobody is closed', []],
    ['the window ends before the answer is due', [{ ...open, to: soon }]],
  ])('waits for the answer where %s, and nothing is asked meanwhile', async (_, windows) => {
    const { order, store, settlements } = await aCounter(waiting);
    store.announced = windows;
    expect(await order()).toMatchObject({ infcode: 0 });
    expect([settlements.waits, settlements.enough]).toEqual([[], undefined]);
  });
});

describe('5203', () => {
  const visit = '202611220000000001';
  const asking = (data: Json = {}) =>
    anEnvelope('5203', { data: { psn_no: '51000000001234567890', mdtrt_id: visit, ...data } });
  const messageOf = 'H50010100001202611220930000001';
  const settled = { result: aResult(), disease: null };

  test('by visit and person: the receipt under the names of its table, in their order', async () => {
    const { ask, order, store } = await aCounter();
    await order();
    store.copied.set(messageOf, { settled, reversal: null });
    const { infcode, output } = await ask(asking());
    expect(infcode).toBe(0);
    const info = output?.['setlinfo'] as Json;
    expect(Object.keys(info).join(' ')).toBe(
      'mdtrt_id setl_id psn_no psn_name psn_cert_type certno gend naty brdy age insutype psn_type cvlserv_flag ' +
        'setl_time mdtrt_cert_type med_type medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt ' +
        'inscp_scp_amt act_pay_dedc hifp_pay pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay ' +
        'oth_pay fund_pay_sumamt acct_pay balc acct_mulaid_pay medins_setl_id clr_optins clr_way clr_type ' +
        'flxempe_flag nwb_flag insu_optins emp_name pay_loc fixmedins_code fixmedins_name hosp_lv ' +
        'fixmedins_poolarea lmtpric_hosp_lv dedc_hosp_lv begndate enddate psn_pay cash_payamt refd_setl_flag year ' +
        'dise_codg dise_name invono opter_id opter_name opt_time pref_fund_pay',
    );
    expect(info).toMatchObject({
      medins_setl_id: messageOf,
      insu_optins: '510100',
      begndate: '2026-11-22',
      psn_pay: 3.7,
      cash_payamt: 2,
      year: '2026',
      dise_codg: null,
    });
    expect(output?.['setldetail']).toHaveLength(3);
  });

  test('asked for while Temporal has the answer and the copy is on its way', async () => {
    const { ask, order, settlements } = await aCounter();
    await order();
    const answer = { kind: 'settled', digest: 'd', result: aResult() } as const;
    settlements.results = () => ({ kind: 'answered', answer });
    expect(await ask(asking())).toMatchObject({ infcode: 0 });
    settlements.now = 'reversed';
    expect(await ask(asking())).toMatchObject({ output: { setlinfo: { refd_setl_flag: '1' } } });
    settlements.now = 'reversing';
    expect((await ask(asking())).err_msg).toMatch(/^已受理，尚未结算：等待国家级经办机构的撤销，/);
  });

  test('tells a refusal in its own words', async () => {
    const { ask, order, settlements } = await aCounter();
    await order();
    const refusal = { reason: 'not-filed' } as const;
    const answer = {
      kind: 'refused',
      digest: 'd',
      settlementId: settlementId('S1'),
      refusal,
    } as const;
    settlements.results = () => ({ kind: 'answered', answer });
    expect((await ask(asking())).err_msg).toMatch(/〔KS-ELG-09〕$/);
  });

  test('of what is pending: with the status for it where its sender knows one, else as a failure', async () => {
    const { ask, order, store, settlements } = await aCounter();
    await order();
    settlements.results = () => ({ kind: 'pending', progress });
    expect(await ask(asking())).toMatchObject({ infcode: -1 });
    store.profile = able;
    const reply = await ask(asking());
    expect(reply).toMatchObject({ infcode: 2001, output: null });
    expect(reply.err_msg).toMatch(/〔KS-SYS-05〕$/);
  });

  test.each([
    ['nothing was asked for', false],
    ['nothing is known of what was asked for', true],
  ])('where %s: the same message again finds out', async (_, isAsked) => {
    const { ask, order } = await aCounter();
    if (isAsked) await order();
    expect((await ask(asking())).err_msg).toBe(
      '没有查到本次就诊的结算结果，请勿重新收费，请用原结算报文（2207，报文编号不变）重新发送以取得结果。〔KS-QRY-03〕',
    );
  });

  test('never gives one of several as the one that was asked for', async () => {
    const { ask, order, send, store, settlements } = await aCounter();
    await order();
    await send(anEnvelope('2207', { data: anOrder() }, { msgid: 'M2' }));
    store.copied.set(messageOf, { settled, reversal: null });
    settlements.results = () => ({ kind: 'pending', progress });
    expect((await ask(asking())).err_msg).toMatch(
      /^本次就诊有 2 笔结算（报文 M2、S20261122000000000001），.*〔KS-QRY-02〕$/,
    );
    store.copied.set(messageOf, { settled, reversal: aReversal() });
    expect((await ask(asking())).err_msg).toMatch(/^已受理/); // one was taken back, one is left
  });

  test('Temporal is out of reach: neither a result nor that there is none', async () => {
    const { ask, order, settlements } = await aCounter();
    await order();
    const error = new Error('14');
    settlements.results = () => ({ kind: 'undetermined', why: 'unreachable', error });
    expect((await ask(asking())).err_msg).toMatch(/〔KS-SYS-03〕$/);
  });

  test.each([
    [{ mdtrt_id: '' }, /mdtrt_id（就诊ID）缺失或为空/],
    [{ psn_no: '51000000001234567891' }, /psn_no（人员编号）与挂号（2201）时的不一致/],
    [{ setl_id: '结算' }, /setl_id（结算ID）应为/],
    [{ setl_id: 'S9' }, /查无此结算，收到 S9/],
  ])('with %j is refused by name', async (data, sentence) => {
    const { ask } = await aCounter();
    expect((await ask(asking(data))).err_msg).toMatch(sentence);
  });
});
