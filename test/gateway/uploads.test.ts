import { describe, expect, test } from 'vitest';

import { yuan } from '../../domain/money.ts';
import { aGateway, aRegistration, aRow, anEnvelope, type Json } from './fakes.ts';

/** A gateway with a visit on the day. */
async function visitedOn(day: string, registration: Json = {}) {
  const gateway = aGateway();
  const data = aRegistration({ begntime: `${day} 09:15:00`, ...registration });
  await gateway.send(anEnvelope('2201', { data }));
  const upload = (change: Json = {}) =>
    gateway.upload(aRow({ fee_ocur_time: `${day} 09:20:00`, ...change }));
  const stored = () => gateway.store.batches.get('202611220000000001/B1')?.lines ?? [];
  return { ...gateway, upload, stored };
}

describe('4号 三(三) the place’s own disease codes', () => {
  test('are stored as the national code that they are on the visit day', async () => {
    const { upload, stored } = await visitedOn('2026-11-22');
    expect(await upload({ dise_codg: 'TBYZ' })).toMatchObject({ infcode: 0, err_msg: null });
    expect(stored().map(({ disease }) => disease)).toEqual(['M01600']);
  });

  test('54号 二 are refused while they are not migrated, with the codes to use instead', async () => {
    const { upload, stored } = await visitedOn('2026-11-21');
    expect((await upload({ dise_codg: 'TBYZ' })).err_msg).toBe(
      '第 1 行的字段 dise_codg（病种编码）：地方病种编码 TBYZ 在就诊日2026年11月21日尚未换成国家编码，' +
        '请医院按诊断改用 M08301、M08302 之一后重新发送，不能确定的请向就医地经办机构查询。〔KS-FEE-12〕',
    );
    expect(stored()).toEqual([]);
  });

  test.each([
    ['a code that was given up by the visit day', '2026-11-22', 'OLD'],
    ['a code before its first day', '2020-12-31', 'OLD'],
    ['a code that the place does not have', '2026-11-22', 'NONE'],
  ])('%s is unknown', async (_name, on, code) => {
    const { upload } = await visitedOn(on);
    expect((await upload({ dise_codg: code })).err_msg).toBe(
      `第 1 行的字段 dise_codg（病种编码）应为国家门诊慢特病病种编码或为空，收到 ${code}，请更正后重新发送。〔KS-FEE-05〕`,
    );
  });

  test('a code was still good the day before it was given up', async () => {
    const { upload, stored } = await visitedOn('2026-11-21');
    expect(await upload({ dise_codg: 'OLD' })).toMatchObject({ infcode: 0 });
    expect(stored().map(({ disease }) => disease)).toEqual(['M03900']);
  });

  test('the batch again with the national code is the same batch', async () => {
    const { upload } = await visitedOn('2026-11-22');
    await upload({ dise_codg: 'TBYZ' });
    expect(await upload({ dise_codg: 'M01600' })).toMatchObject({ infcode: 0 });
  });
});

describe('三(一) the scope of the visit day', () => {
  test.each(['310', '390'])('is asked for level and insurance type %s', async (insutype) => {
    const { upload, store } = await visitedOn('2026-11-22', { insutype });
    await upload();
    expect(store.asked).toEqual([
      { codes: ['XC02DEX001'], on: '2026-11-22', level: 'tertiary', insuranceType: insutype },
    ]);
  });

  test.each([
    ['0.00', '10.00', true],
    ['0.00', '10.01', false],
    ['0.05', '10.05', true],
    ['0.05', '9.95', true],
    ['0.05', '10.06', false],
  ])(
    'with tolerance %s an amount of %s for 2 × 5 passes: %s',
    async (tolerance, amount, passes) => {
      const { upload, store } = await visitedOn('2026-11-22');
      store.rules = { firstShareBase: 'capped', tolerance: yuan(tolerance) };
      const { err_msg: why } = await upload({ det_item_fee_sumamt: amount });
      expect(why).toBe(
        passes
          ? null
          : `第 1 行的字段 det_item_fee_sumamt（明细项目费用总额）应等于单价乘数量（误差不超过 ${tolerance} 元），` +
              `收到 ${amount}，单价 2.000000、数量 5.0000，请更正后重新发送。〔KS-FEE-08〕`,
      );
    },
  );

  test('takes the first share of the gross amount where the place says so', async () => {
    const { upload, store } = await visitedOn('2026-11-22');
    store.rules = { firstShareBase: 'gross', tolerance: yuan('0') };
    const limited = { med_list_codg: 'XC02DEX004', cnt: '5', pric: '2' }; // limit 1.00, first share 0.05
    const { output } = await upload(limited);
    expect(output).toMatchObject({
      result: [{ overlmt_amt: 5, preselfpay_amt: 0.5, inscp_scp_amt: 4.5, pric_uplmt_amt: 1 }],
    });
  });
});

describe('who prescribed', () => {
  test('is stored with the line', async () => {
    const { upload, stored } = await visitedOn('2026-11-22');
    await upload({ bilg_dr_codg: 'D7' });
    expect(stored().map(({ doctor }) => doctor)).toEqual(['D7']);
  });
  test('is of the batch’s content: another one is another batch', async () => {
    const { upload } = await visitedOn('2026-11-22');
    await upload({ bilg_dr_codg: 'D7' });
    expect(await upload({ bilg_dr_codg: 'D7' })).toMatchObject({ infcode: 0 });
    expect((await upload({ bilg_dr_codg: 'D8' })).err_msg).toBe(
      '批次已上传：收费批次 B1 已有内容不同的费用明细，请换用新的收费批次号后重新发送。〔KS-FEE-10〕',
    );
  });
});
