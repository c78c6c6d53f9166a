import { describe, expect, test } from 'vitest';

import { day } from '../../domain/calendar.ts';
import { institutionCode, messageId } from '../../domain/identifiers.ts';
import type { ReverseOutcome } from '../../gateway/client.ts';
import { aGatewayWithBatch, aReversal, anEnvelope, institution, type Json } from './fakes.ts';

const settlement = 'S20261122000000000001';
const original = messageId('H50010100001202611220930000001');
const visit = '202611220000000001';
const person = '51000000001234567890';

const reversing = (change: Json = {}, envelope: Json = {}) =>
  anEnvelope(
    '2208',
    { data: { setl_id: settlement, mdtrt_id: visit, psn_no: person, ...change } },
    { msgid: 'H50010100001202611220930000002', ...envelope },
  );
const undoing = (change: Json = {}, envelope: Json = {}) =>
  anEnvelope(
    '2601',
    { data: { psn_no: person, omsgid: original, oinfno: '2207', ...change } },
    { msgid: 'H50010100001202611220930000003', ...envelope },
  );
async function aGatewayWithSettlement() {
  const gateway = await aGatewayWithBatch();
  const known = { institution, messageId: original, visit };
  gateway.store.settlements.set(settlement, { kind: 'settlement', ...known });
  gateway.store.settlements.set('S2', { kind: 'reversal', ...known });
  const elsewhere = { ...known, institution: institutionCode('H50010100002') };
  gateway.store.settlements.set('S3', { kind: 'settlement', ...elsewhere });
  return gateway;
}
const answered = (answer: (ReverseOutcome & { kind: 'answered' })['answer']): ReverseOutcome => ({
  kind: 'answered',
  answer,
});

describe('2208', () => {
  test('asks for the settlement’s own message to be taken back, in the hospital’s name', async () => {
    const { send, settlements } = await aGatewayWithSettlement();
    expect(await send(reversing())).toMatchObject({ infcode: 0, err_msg: null });
    const wish = { by: 'hospital', messageId: 'H50010100001202611220930000002', person, why: null };
    expect(settlements.reversals).toEqual([
      { request: { institution, messageId: original }, wish },
    ]);
    expect(settlements.deadlines[0]).toBeLessThanOrEqual(8000);
  });

  test('answers with the mirrored receipt, digit by digit', async () => {
    const { post } = await aGatewayWithSettlement();
    const { body } = await post(JSON.stringify(reversing()));
    expect(body).toContain('"setl_id":"S20261122000000000002","psn_no":"51000000001234567890"');
    expect(body).toContain('"setl_time":"2026-11-22 10:00:00"');
    expect(body).toContain('"medfee_sumamt":-10.00,"fulamt_ownpay_amt":0.00');
    expect(body).toContain('"act_pay_dedc":-2.00,"hifp_pay":-6.00,"pool_prop_selfpay":0.8000');
    expect(body).toContain(
      '"fund_pay_sumamt":-6.30,"psn_part_amt":-3.70,"acct_pay":-1.70,"psn_cash_pay":-2.00,"hosp_part_amt":0.00,"balc":50.00',
    );
    expect(body).toContain('"medins_setl_id":"H50010100001202611220930000002"');
    expect(body).toContain(
      '{"fund_pay_type":"310100","inscp_scp_amt":-7.50,"crt_payb_lmt_amt":-6.00,"fund_payamt":-6.00',
    );
    expect(body).toContain('"setl_proc_info":"撤销结算 S20261122000000000001"');
  });

  test('of what an operator took back names its own message', async () => {
    const { send, settlements } = await aGatewayWithSettlement();
    settlements.reversed = () =>
      answered({ kind: 'reversed', reversal: aReversal({ messageId: null }) });
    const { output } = await send(reversing({}, { msgid: 'M9' }));
    expect(output).toMatchObject({ setlinfo: { medins_setl_id: 'M9' } });
  });

  test.each<[string, ReverseOutcome, RegExp]>([
    [
      'of another year',
      answered({
        kind: 'refused',
        refusal: { reason: 'reversal-crosses-year', on: day('2025-12-30') },
      }),
      /^原结算的就诊日2025年12月30日属于以前年度，不能联机撤销，.*手工退费。〔KS-REV-01〕$/,
    ],
    [
      'of what was never settled',
      answered({ kind: 'not-settled' }),
      /^结算 S20261122000000000001 没有完成，也不会再完成，.*〔KS-REV-06〕$/,
    ],
    [
      'without an answer in time',
      { kind: 'undetermined', why: 'deadline', error: new Error('late') },
      /^结果未定：尚未得到撤销结果，.*请稍后用同一报文重新发送以取得结果。〔KS-REV-08〕$/,
    ],
  ])('%s has its own sentence', async (_, outcome, sentence) => {
    const { send, settlements } = await aGatewayWithSettlement();
    settlements.reversed = () => outcome;
    const reply = await send(reversing());
    expect(reply).toMatchObject({ infcode: -1, output: null });
    expect(reply.err_msg).toMatch(sentence);
  });

  test('a client that throws is undetermined, never a no', async () => {
    const { send, settlements } = await aGatewayWithSettlement();
    settlements.reversed = () => {
      throw new Error('a bug');
    };
    expect((await send(reversing())).err_msg).toMatch(/^结果未定：.*〔KS-REV-08〕$/);
    expect((await send(undoing())).err_msg).toMatch(/^结果未定：.*〔KS-REV-08〕$/);
  });

  test.each<[string, Json, string]>([
    ['unknown', reversing({ setl_id: 'S9' }), 'KS-REV-03'],
    ['of another institution', reversing({ setl_id: 'S3' }), 'KS-REV-03'],
    ['itself a reversal', reversing({ setl_id: 'S2' }), 'KS-REV-05'],
    ['of another visit', reversing({ mdtrt_id: '202611220000000002' }), 'KS-REV-04'],
    ['of another person', reversing({ psn_no: '9' }), 'KS-VIS-03'],
    ['of another insured district', reversing({}, { insuplc_admdvs: '510300' }), 'KS-VIS-03'],
    ['not named', reversing({ setl_id: '' }), 'KS-MSG-05'],
  ])('of a settlement that is %s asks for nothing', async (_, message, code) => {
    const { send, settlements } = await aGatewayWithSettlement();
    expect((await send(message)).err_msg).toContain(`〔${code}〕`);
    expect(settlements.reversals).toEqual([]);
  });
});

describe('2601', () => {
  test.each(['2207', '2207A', '2207a'])('of %s asks by institution and message', async (oinfno) => {
    const { send, settlements } = await aGatewayWithBatch();
    const { infcode, err_msg: error, output } = await send(undoing({ oinfno }));
    expect({ infcode, error, output }).toEqual({ infcode: 0, error: null, output: null });
    const wish = { by: 'hospital', messageId: 'H50010100001202611220930000003', person, why: null };
    expect(settlements.reversals).toEqual([
      { request: { institution, messageId: original }, wish },
    ]);
  });

  test('of a whole bill asks for it and for each of its parts, and is a success when all are taken back', async () => {
    const { send, settlements, store } = await aGatewayWithBatch();
    store.bills.set('V1', 2);
    expect(await send(undoing({ omsgid: 'V1' }))).toMatchObject({ infcode: 0, output: null });
    const asked = settlements.reversals.map(({ request, wish }) => [
      request.messageId,
      wish.messageId,
      wish.person,
    ]);
    expect(asked).toEqual([
      ['V1', 'H50010100001202611220930000003', person],
      ['V1-1', 'V1-1R', person],
      ['V1-2', 'V1-2R', person],
    ]);
    const only = (outcome: ReverseOutcome) => (key: { messageId: string }) =>
      key.messageId === 'V1-2' ? outcome : answered({ kind: 'not-settled' });
    settlements.reversed = only({ kind: 'undetermined', why: 'deadline', error: null });
    expect((await send(undoing({ omsgid: 'V1' }))).err_msg).toMatch(/〔KS-REV-08〕$/);
    const refusal = { reason: 'reversal-crosses-year', on: day('2025-12-30') } as const;
    settlements.reversed = only(answered({ kind: 'refused', refusal }));
    expect((await send(undoing({ omsgid: 'V1' }))).err_msg).toMatch(/〔KS-REV-01〕$/);
  });

  test('of what was never settled is a success', async () => {
    const { send, settlements } = await aGatewayWithBatch();
    settlements.reversed = () => answered({ kind: 'not-settled' });
    expect(await send(undoing())).toMatchObject({ infcode: 0, err_msg: null, output: null });
  });

  test('that is refused or has no answer yet is no success', async () => {
    const { send, settlements } = await aGatewayWithBatch();
    settlements.reversed = () =>
      answered({ kind: 'refused', refusal: { reason: 'reversal-person-differs' } });
    expect((await send(undoing())).err_msg).toMatch(/〔KS-REV-02〕$/);
    settlements.reversed = () => ({ kind: 'undetermined', why: 'unreachable', error: null });
    expect((await send(undoing())).err_msg).toMatch(/〔KS-REV-08〕$/);
  });

  test.each(['2204', '2208', '2601', '2201'])('of %s asks for nothing', async (oinfno) => {
    const { send, settlements } = await aGatewayWithBatch();
    expect((await send(undoing({ oinfno }))).err_msg).toBe(
      `字段 oinfno（原交易编号）应为 2207 或 2207A，收到 ${oinfno}，其他交易无需冲正，请用原报文重新发送来取得结果。〔KS-REV-07〕`,
    );
    expect(settlements.reversals).toEqual([]);
  });
});

describe('a repeated 2207', () => {
  test('is taken up where its execution was ended by hand; the first is not', async () => {
    const { settle, settlements } = await aGatewayWithBatch();
    await settle();
    expect(settlements.takenUp).toEqual([]);
    await settle();
    expect(settlements.takenUp).toEqual([settlements.requests[0]?.messageId]);
  });

  test.each([
    ['reversed', /〔KS-ELG-12〕$/],
    ['reversing', /^结果未定：.*〔KS-SYS-01〕$/],
  ] as const)('of what is being or was taken back (%s) tells no result', async (now, sentence) => {
    const { settle, settlements } = await aGatewayWithBatch();
    await settle();
    settlements.now = now;
    expect((await settle()).err_msg).toMatch(sentence);
    settlements.now = 'stands';
    expect(await settle()).toMatchObject({ infcode: 0 });
  });
});
