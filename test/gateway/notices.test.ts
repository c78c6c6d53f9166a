import { describe, expect, test } from 'vitest';

import { placeCode, regionCode } from '../../domain/identifiers.ts';
import { noticeOf, type Names, type Notice } from '../../gateway/notices.ts';
import { names } from './fakes.ts';
import { disease, longestNotices as notices, on, place } from './notice-samples.ts';

const longNames: Names = {
  knowsPlace: () => true,
  place: () => '新疆维吾尔自治区伊犁哈萨克自治州',
  disease: () => '恶性肿瘤门诊治疗恶性肿瘤门诊治疗',
};
const all = Object.values(notices);

describe('三(三) every notice is exact, short and plain', () => {
  test.each(all.map((notice) => [notice.reason, notice] as const))('%s', (_, notice) => {
    for (const each of [names, longNames]) {
      const { code, sentence } = noticeOf(notice, each);
      expect(Array.from(sentence).length).toBeLessThanOrEqual(200);
      expect(code).toMatch(/^KS-[A-Z]{3}-\d\d$/);
      // one whole sentence, never cut, then its code
      expect(sentence).toMatch(new RegExp(`^[^。]+。〔${code}〕$`));
      // what to do now
      expect(sentence).toMatch(/请/);
      expect(sentence).not.toMatch(/undefined|null|object|NaN/);
    }
  });

  test('no two reasons share a code', () => {
    const codes = all.map((notice) => noticeOf(notice, names).code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test.each<[Notice, string]>([
    [
      notices['qualification-not-in-force'],
      '该参保人员的高血压（M03900）待遇资格有效期是2026年12月1日至2026年12月31日，不含就诊日2026年11月22日，本次未结算，请患者向参保地经办机构核实或续办，或先自费再申请报销。〔KS-ELG-08〕',
    ],
    [
      { reason: 'disease-not-open', place, disease, on, from: null },
      '重庆市在就诊日2026年11月22日尚未开通高血压（M03900）的跨省结算，本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。〔KS-ELG-04〕',
    ],
    [
      { reason: 'sums-differ', part: 'firstShare', declared: '0.40', computed: '0.50' },
      '字段 preselfpay_amt（先行自付金额）报送 0.40 元，按就医地支付范围应为 0.50 元，本次未结算，请医院按费用上传（2204）返回的结果更正，并用新的报文编号重新发送结算。〔KS-SPL-02〕',
    ],
    // A pooling region goes by its place's name, so its code stands beside it.
    [
      {
        reason: 'filing-for-other-place',
        place: placeCode('510000'),
        filedFor: [regionCode('510100')],
      },
      '该参保人员的异地就医备案地是成都市（统筹区 510100），不含四川省的本次就医地，本次未结算，请患者向参保地经办机构变更备案地，变更后由医院用新的报文编号重新发送结算。〔KS-ELG-11〕',
    ],
    [
      {
        reason: 'no-policy-in-force',
        region: regionCode('500000'),
        insuranceType: '310',
        disease: 'none',
        on,
      },
      '参保地重庆市没有适用于就诊日2026年11月22日的职工医保普通门诊待遇政策，本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。〔KS-CAL-04〕',
    ],
    [
      notices.undetermined,
      '结果未定：尚未得到结算结果，费用可能已经结算，请勿重新收费，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。〔KS-SYS-01〕',
    ],
  ])('%o', (notice, sentence) => {
    expect(noticeOf(notice, names).sentence).toBe(sentence);
  });
});
