import { describe, expect, test } from 'vitest';

import { readMessage, readSettlement } from '../../gateway/messages.ts';
import {
  aGateway,
  aGatewayWithBatch,
  aRegistration,
  aRow,
  anEnvelope,
  anOrder,
  type Json,
} from './fakes.ts';

const bytes = (message: unknown) => new TextEncoder().encode(JSON.stringify(message));
const digest = (order: Json = {}, envelope: Json = {}) =>
  readSettlement(readMessage(bytes(anEnvelope('2207', { data: anOrder(order) }, envelope)))).digest;
const upper = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toUpperCase(), value]));

describe('the forms that hospitals send', () => {
  test('the demonstration settles', async () => {
    const { settle, settlements } = await aGatewayWithBatch();
    expect(await settle()).toMatchObject({ infcode: 0, err_msg: null });
    expect(settlements.requests).toMatchObject([
      {
        institution: 'H50010100001',
        messageId: 'H50010100001202611220930000001',
        treatingPlace: '500000',
        insuredPlace: '510000',
        insuredRegion: '510100',
        person: '51000000001234567890',
        insuranceType: '310',
        disease: 'M03900',
        visitedOn: '2026-11-22',
        visit: '202611220000000001',
        batch: 'B1',
        declared: {
          total: '10.00',
          excluded: '0.00',
          overPriceLimit: '0.00',
          firstShare: '0.50',
          inScope: '9.50',
        },
        account: 'none',
      },
    ]);
  });

  test.each<[string, Json]>([
    ['names in capitals', upper(anEnvelope('2207', { DATA: upper(anOrder()) }))],
    [
      'numbers instead of text',
      anEnvelope('2207', {
        data: anOrder({
          medfee_sumamt: 10,
          fulamt_ownpay_amt: 0,
          overlmt_selfpay: 0,
          preselfpay_amt: 0.5,
          inscp_scp_amt: 9.5,
          insutype: 310,
          med_type: 14,
          acct_used_flag: 0,
        }),
      }),
    ],
    ['a node as an array', anEnvelope('2207', { data: [anOrder()] })],
    ['2207A', anEnvelope('2207A', { data: anOrder() })],
    ['2207a', anEnvelope('2207a', { data: anOrder() })],
    [
      'the word null for nothing',
      anEnvelope('2207', { data: anOrder({ invono: 'null', card_sn: null }) }),
    ],
    ['spaces around', anEnvelope('2207', { data: anOrder({ med_type: ' 14 ' }) })],
    [
      'exp_content as an object',
      anEnvelope('2207', { data: anOrder({ exp_content: { TRUM_FLAG: 0 } }) }),
    ],
    [
      'expContent, as Java writes it',
      anEnvelope('2207', {
        data: { ...anOrder({ exp_content: null }), expContent: '{"trum_flag":"0"}' },
      }),
    ],
    [
      'fields we do not know',
      anEnvelope(
        '2207',
        { data: anOrder({ insuplcAdmdvs: '510100' }), drug_trac_info: [] },
        { enc_type: 'SM4' },
      ),
    ],
  ])('%s: the same request', async (_, message) => {
    const { send, settlements } = await aGatewayWithBatch();
    expect(await send(message)).toMatchObject({ infcode: 0 });
    expect(settlements.requests.map((request) => request.digest)).toEqual([digest()]);
  });

  test.each([
    'application/json',
    'text/plain',
    'text/plain; charset=utf-8',
    'application/json;charset=UTF-8',
  ])('content type %s', async (type) => {
    const { post } = aGateway();
    const body = `\ufeff${JSON.stringify(anEnvelope('2201', { data: aRegistration() }))}`;
    expect((await post(body, { 'content-type': type })).json()).toMatchObject({ infcode: 0 });
  });

  test('2204 takes one bare object, and 2204A the same fields', async () => {
    const { register, send } = aGateway();
    await register();
    const reply = await send(anEnvelope('2204A', { feeDetail: aRow() }));
    expect(reply).toMatchObject({ infcode: 0, output: { result: [{ feedetl_sn: '1' }] } });
  });

  test('the registration again gives the same visit', async () => {
    const { register, store } = aGateway();
    const first = await register();
    const other = { mdtrt_cert_type: '01', mdtrt_cert_no: 'TOKEN', dept_name: '外科' };
    expect((await register(other)).output).toEqual(first.output);
    expect(store.visits.size).toBe(1);
  });

  test('the batch again, in another order and with other digits, gives the same answer', async () => {
    const { register, upload, store } = aGateway();
    await register();
    const second = { feedetl_sn: '2', med_list_codg: 'XC02DEX002' };
    const first = await upload(aRow(), aRow(second));
    const kept = store.batches.get('202611220000000001/B1')?.digest;
    const again = await upload(
      aRow({ ...second, cnt: 5.0, pric: 2 }),
      aRow({ det_item_fee_sumamt: 10 }),
    );
    expect(again.infcode).toBe(0);
    expect(store.batches.get('202611220000000001/B1')?.digest).toBe(kept);
    const rows = (reply: typeof first) => reply.output?.['result'] as Json[];
    expect(new Set(rows(again).map((row) => JSON.stringify(row)))).toEqual(
      new Set(rows(first).map((row) => JSON.stringify(row))),
    );
  });

  test('several batches of one visit, mixed diseases in one of them, are stored', async () => {
    const { register, upload, store, settle, settlements } = aGateway();
    await register();
    const mixed = aRow({ feedetl_sn: '2', dise_codg: '' });
    const reply = await upload(aRow(), mixed, aRow({ feedetl_sn: '3', chrg_bchno: 'B2' }));
    expect(reply.infcode).toBe(0);
    expect(store.batches.size).toBe(2);
    await settle();
    await settle({ med_type: '11' }, { msgid: 'H50010100001202611220930000002' });
    expect(settlements.requests.map(({ disease }) => disease)).toEqual(['M03900', 'none']);
  });
});

describe('the digest of a request', () => {
  test.each<[string, Json, Json]>([
    ['credential type', { mdtrt_cert_type: '01' }, {}],
    ['credential', { mdtrt_cert_no: 'TOKEN' }, {}],
    ['card', { card_sn: 'C1' }, {}],
    ['message id', {}, { msgid: 'H50010100001202611220930000002' }],
    ['operator', {}, { opter: '002', opter_name: '赵六' }],
    ['time', {}, { inf_time: '2026-11-22 09:31:00' }],
    ['signature', {}, { cainfo: 'x', signtype: 'SM2' }],
    ['sign-in', {}, { sign_no: 'S1' }],
    ['form of amounts', { medfee_sumamt: 10, preselfpay_amt: 0.5 }, {}],
    ['form of the settlement way', { psn_setlway: '1' }, {}],
  ])('stays under another %s', (_, order, envelope) => {
    expect(digest(order, envelope)).toBe(digest());
  });

  const changes: [string, Json, Json][] = [
    ['psn_no', { psn_no: '2' }, {}],
    ['psn_cert_type', { psn_cert_type: '02' }, {}],
    ['certno', { certno: '2' }, {}],
    ['psn_type', { psn_type: '11' }, {}],
    ['psn_name', { psn_name: '李四' }, {}],
    ['med_type', { med_type: '11' }, {}],
    ['medfee_sumamt', { medfee_sumamt: '10.01' }, {}],
    ['mdtrt_id', { mdtrt_id: '2' }, {}],
    ['chrg_bchno', { chrg_bchno: 'B2' }, {}],
    ['acct_used_flag', { acct_used_flag: '1' }, {}],
    ['insutype', { insutype: '390' }, {}],
    ['exp_content', { exp_content: '{"TRUM_FLAG":"1"}' }, {}],
    ['pub_hosp_rfom_flag', { pub_hosp_rfom_flag: '1' }, {}],
    ['invono', { invono: '1' }, {}],
    ['fulamt_ownpay_amt', { fulamt_ownpay_amt: '0.01' }, {}],
    ['overlmt_selfpay', { overlmt_selfpay: '0.01' }, {}],
    ['preselfpay_amt', { preselfpay_amt: '0.51' }, {}],
    ['inscp_scp_amt', { inscp_scp_amt: '9.51' }, {}],
    ['mdtrtarea_admvs', {}, { mdtrtarea_admvs: '500102' }],
    ['insuplc_admdvs', {}, { insuplc_admdvs: '510300' }],
  ];
  test.each(changes)('changes with %s', (_, order, envelope) => {
    expect(digest(order, envelope)).not.toBe(digest());
  });
  test('is another one for each change', () => {
    const all = changes.map(([, order, envelope]) => digest(order, envelope));
    expect(new Set(all).size).toBe(changes.length);
  });
  test('is the digest that this form has always had', () => {
    expect(digest()).toBe('983eaaeebff18a8b5e4e8d025c0d0a90656831d0912831b56b4df6e28de99e67');
  });
});
