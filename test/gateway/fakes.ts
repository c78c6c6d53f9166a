import type { CatalogueAsked, CatalogueItem } from '../../domain/bill.ts';
import { day, type Day } from '../../domain/calendar.ts';
import { meaningOn } from '../../domain/disease-code.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  placeCode,
  regionCode,
  settlementId,
  type Disease,
} from '../../domain/identifiers.ts';
import { price, ratio } from '../../domain/money.ts';
import { defaultScopeRules, type ScopeRules } from '../../domain/treating-place/payment-scope.ts';
import {
  mirroredBenefit,
  mirroredTotals,
  type ReversalResult,
  type SettlementRequest,
  type SettlementResult,
} from '../../domain/settlement.ts';
import type {
  ResultOutcome,
  ReverseOutcome,
  SettleOutcome,
  SettlementClient,
} from '../../gateway/client.ts';
import type { MaintenanceWindow } from '../../domain/maintenance.ts';
import { plainProfile, type Profile, type WhenLate } from '../../domain/treating-place/profile.ts';
import type { RequestKey, ReverseWish } from '../../workflows/contracts.ts';
import type { Names } from '../../gateway/notices.ts';
import { callPath, createGateway, type GatewayOptions } from '../../gateway/server.ts';
import type { TreatingStore } from '../../gateway/store.ts';
import type {
  Copies,
  Kept,
  KeptRequest,
  KnownSettlement,
  Registered,
  Registration,
  UploadedBatch,
  Visit,
} from '../../domain/visit.ts';

/** A hospital of Chongqing, a visitor from Chengdu, and a gateway with everything in memory. */

export type Json = Record<string, unknown>;
export const institution = institutionCode('H50010100001');

export const anEnvelope = (infno: string, input: unknown, change: Json = {}): Json => ({
  infno,
  msgid: 'H50010100001202611220930000001',
  mdtrtarea_admvs: '500101',
  insuplc_admdvs: '510100',
  recer_sys_code: 'YBXT',
  dev_no: null,
  dev_safe_info: '',
  cainfo: 'null',
  signtype: '',
  infver: 'V1.0',
  opter_type: '1',
  opter: '001',
  opter_name: '李四',
  inf_time: '2026-11-22 09:30:00',
  fixmedins_code: 'H50010100001',
  fixmedins_name: '重庆市某医院',
  sign_no: '',
  input,
  ...change,
});

/** The centre refused it: the person does not qualify. */
export const refusedOutcome = {
  kind: 'answered',
  answer: {
    kind: 'refused',
    digest: 'd',
    settlementId: settlementId('S1'),
    refusal: { reason: 'not-qualified', disease: diseaseCode('M03900') },
  },
} as const;

export const aRegistration = (change: Json = {}): Json => ({
  psn_no: '51000000001234567890',
  insutype: '310',
  begntime: '2026-11-22 09:15:00',
  mdtrt_cert_type: '02',
  mdtrt_cert_no: '510101196001011234',
  card_sn: '',
  psn_cert_type: '01',
  certno: '510101196001011234',
  psn_type: '12',
  psn_name: '张三',
  ipt_otp_no: 'MZ0001',
  atddr_no: 'D1',
  dr_name: '王五',
  dept_code: 'A03',
  dept_name: '内科',
  caty: 'A03',
  exp_content: '',
  ...change,
});

export const aRow = (change: Json = {}): Json => ({
  feedetl_sn: '1',
  mdtrt_id: '202611220000000001',
  psn_no: '51000000001234567890',
  chrg_bchno: 'B1',
  dise_codg: 'M03900',
  rxno: '',
  rx_circ_flag: '0',
  fee_ocur_time: '2026-11-22 09:20:00',
  med_list_codg: 'XC02DEX001',
  medins_list_codg: 'L1',
  det_item_fee_sumamt: '10.00',
  cnt: '5',
  pric: '2.000000',
  bilg_dept_codg: 'A03',
  bilg_dept_name: '内科',
  bilg_dr_codg: 'D500000000001',
  bilg_dr_name: '王五',
  hosp_appr_flag: '0',
  ...change,
});

export const anOrder = (change: Json = {}): Json => ({
  psn_no: '51000000001234567890',
  mdtrt_cert_type: '02',
  mdtrt_cert_no: '510101196001011234',
  card_sn: '',
  psn_cert_type: '01',
  certno: '510101196001011234',
  psn_type: '12',
  psn_name: '张三',
  med_type: '14',
  medfee_sumamt: '10.00',
  psn_setlway: '01',
  mdtrt_id: '202611220000000001',
  chrg_bchno: 'B1',
  acct_used_flag: '0',
  insutype: '310',
  exp_content: '{"TRUM_FLAG":"0"}',
  invono: '',
  fulamt_ownpay_amt: '0.00',
  overlmt_selfpay: '0.00',
  preselfpay_amt: '0.50',
  inscp_scp_amt: '9.50',
  ...change,
});

const item = (code: string, change: Partial<CatalogueItem> = {}): CatalogueItem => ({
  code,
  kind: 'drug',
  class: 'B',
  restricted: false,
  priceLimit: null,
  aboveLimit: 'person',
  diseases: null,
  firstShareRatio: ratio('0.05'),
  ...change,
});
export const catalogue = [
  item('XC02DEX001'),
  item('XC02DEX002', { class: 'A', priceLimit: price('1.5'), firstShareRatio: ratio('0') }),
  item('001101000010000', { kind: 'service', class: 'C', firstShareRatio: ratio('1') }),
  item('XC02DEX003', { restricted: true }),
  item('XC02DEX004', { priceLimit: price('1') }),
];

const since = (from: string) => ({ inForceFrom: day(from), source: 'illustrative' });
/** The place's own codes: one that is migrated since 2026-11-22, one that was given up on that day. */
const localDiseases = [
  {
    code: 'TBYZ',
    entries: [
      { ...since('2021-01-01'), oneOf: [diseaseCode('M08301'), diseaseCode('M08302')] },
      { ...since('2026-11-22'), disease: diseaseCode('M01600') },
    ],
  },
  {
    code: 'OLD',
    entries: [
      { ...since('2021-01-01'), disease: diseaseCode('M03900') },
      { ...since('2026-11-22'), lapse: '停用' },
    ],
  },
];

const contentOf = (visit: Visit) => JSON.stringify(Object.entries(visit).sort());

/** One place's store in memory, with what was kept in it. */
export class MemoryStore implements TreatingStore {
  readonly visits = new Map<string, Visit>();
  readonly batches = new Map<string, UploadedBatch>();

  profile: Profile = plainProfile;
  institution(code: string) {
    const known = {
      code: institution,
      name: '重庆市某医院',
      region: regionCode('500000'),
      level: 'tertiary' as const,
    };
    return Promise.resolve(code === institution ? { ...known, ...this.profile } : null);
  }
  registerVisit(registration: Registration): Promise<Registered> {
    for (const known of this.visits.values()) {
      const { id, visitedOn } = known;
      if (known.institutionVisitNo !== registration.institutionVisitNo) continue;
      return Promise.resolve(
        contentOf(known) === contentOf({ ...registration, id, visitedOn })
          ? { kind: 'registered', visit: id }
          : { kind: 'different' },
      );
    }
    const id = `20261122000000000${this.visits.size + 1}`;
    this.visits.set(id, { ...registration, id, visitedOn: day(registration.beganAt.slice(0, 10)) });
    return Promise.resolve({ kind: 'registered', visit: id });
  }
  visit(id: string) {
    return Promise.resolve(this.visits.get(id) ?? null);
  }
  uploadBatches(visit: string, batches: readonly UploadedBatch[]) {
    for (const batch of batches) {
      const known = this.batches.get(`${visit}/${batch.batch}`);
      if (known && known.digest !== batch.digest) {
        return Promise.resolve({ kind: 'batch-differs', batch: batch.batch } as const);
      }
    }
    for (const batch of batches) this.batches.set(`${visit}/${batch.batch}`, batch);
    return Promise.resolve({ kind: 'stored' } as const);
  }
  batch(visit: string, batch: string) {
    const known = this.batches.get(`${visit}/${batch}`);
    if (!known) return Promise.resolve(null);
    const diseases = [...new Set(known.lines.map((line): Disease => line.disease))].sort();
    return Promise.resolve({ digest: known.digest, diseases });
  }
  readonly bills = new Map<string, number>(); // how many parts each has, by message id
  partsToTakeBack(_: string, id: string) {
    return Promise.resolve(this.bills.get(id) ?? 0);
  }
  readonly settlements = new Map<string, KnownSettlement>();
  settlement(id: string) {
    return Promise.resolve(this.settlements.get(id) ?? null);
  }
  readonly kept: SettlementRequest[] = [];
  keepRequest(request: SettlementRequest): Promise<Kept> {
    const first = this.kept.find(({ messageId }) => messageId === request.messageId);
    if (!first) this.kept.push(request);
    else if (first.digest !== request.digest) return Promise.resolve('different');
    return Promise.resolve(first ? 'repeated' : 'first');
  }
  requestsOf(visit: string): Promise<KeptRequest[]> {
    const its = this.kept.filter((request) => request.visit === visit).reverse();
    return Promise.resolve(
      its.map(({ institution: by, messageId: id }) => {
        const copied = this.copied.get(id)?.settled;
        return { institution: by, messageId: id, settlement: copied?.result.settlementId ?? null };
      }),
    );
  }
  readonly copied = new Map<string, Copies>();
  copies(_: string, id: string) {
    return Promise.resolve(this.copied.get(id) ?? { settled: null, reversal: null });
  }
  announced: MaintenanceWindow[] = [];
  windows() {
    return Promise.resolve(this.announced);
  }
  readonly asked: CatalogueAsked[] = [];
  catalogueItems(asked: CatalogueAsked) {
    this.asked.push(asked);
    return Promise.resolve(catalogue.filter(({ code }) => asked.codes.includes(code)));
  }
  rules: ScopeRules = defaultScopeRules;
  scopeRules() {
    return Promise.resolve(this.rules);
  }
  diseaseCodes(codes: readonly string[], on: Day) {
    const known = localDiseases.flatMap(({ code, entries }) => {
      const meaning = codes.includes(code) ? meaningOn(entries, on) : null;
      return meaning ? [[code, meaning] as const] : [];
    });
    return Promise.resolve(new Map(known));
  }
}

export const aResult = (change: Partial<SettlementResult> = {}): SettlementResult => ({
  settlementId: settlementId('S20261122000000000001'),
  feeCategory: '门诊慢特病',
  totals: {
    total: '10.00',
    excluded: '0.00',
    overPriceLimit: '0.00',
    firstShare: '0.50',
    inScope: '9.50',
    overPriceLimitOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
    hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
  },
  calculation: {
    policy: { inForceFrom: day('2021-01-01'), hash: 'h' },
    benefit: {
      areaFirstShare: '0.00',
      deductible: '2.00',
      layers: [
        { name: 'pool', base: '7.50', amount: '6.00' },
        { name: 'largeAmount', base: '1.50', amount: '0.30' },
      ],
      components: {
        excluded: '0.00',
        'overPriceLimit.drug': '0.00',
        'overPriceLimit.service': '0.00',
        'overPriceLimit.consumable': '0.00',
        firstShare: '0.50',
        areaFirstShare: '0.00',
        deductible: '2.00',
        poolSelf: '1.20',
        overPoolCap: '0.00',
        overDiseaseLimit: '0.00',
      },
      fundTotal: '6.30',
      personalAccount: '1.70',
      cash: '2.00',
      personShare: '3.70',
      hospitalShare: '0.00',
    },
    accumulators: [],
    steps: [
      {
        component: 'deductible',
        what: '起付标准',
        source: 'illustrative',
        base: '2.00',
        rate: '',
        amount: '2.00',
      },
      {
        component: 'pool',
        what: '统筹基金支付',
        source: 'illustrative',
        base: '7.50',
        rate: '0.8000',
        amount: '6.00',
      },
      {
        component: 'largeAmount',
        what: '大额支付',
        source: 'illustrative',
        base: '1.50',
        rate: '0.2000',
        amount: '0.30',
      },
      {
        component: 'personalAccount',
        what: '个人账户支付',
        source: 'illustrative',
        base: '3.70',
        rate: '',
        amount: '1.70',
      },
    ],
    accountBalance: '48.30',
  },
  recordedAt: '2026-11-22T01:31:02.345Z',
  ...change,
});

export function aReversal(change: Partial<ReversalResult> = {}): ReversalResult {
  const { settlementId: taken, feeCategory, totals, calculation } = aResult();
  return {
    reversalId: settlementId('S20261122000000000002'),
    settlementId: taken,
    messageId: messageId('H50010100001202611220930000002'),
    feeCategory,
    totals: mirroredTotals(totals),
    benefit: mirroredBenefit(calculation.benefit),
    accountBalance: '50.00',
    recordedAt: '2026-11-22T02:00:00.000Z',
    ...change,
  };
}

/** Answers every request with the given outcome and remembers what it was asked. */
export class FakeSettlements implements SettlementClient {
  readonly requests: SettlementRequest[] = [];
  readonly deadlines: number[] = [];
  outcome: (request: SettlementRequest) => SettleOutcome | Promise<SettleOutcome> = ({
    digest,
  }) => ({
    kind: 'answered',
    answer: { kind: 'settled', digest, result: aResult() },
  });

  readonly choices: (WhenLate | undefined)[] = [];
  enough: AbortSignal | undefined;
  async settle(
    request: SettlementRequest,
    deadlineMs: number,
    whenLate?: WhenLate,
    enough?: AbortSignal,
  ) {
    this.enough = enough;
    this.requests.push(request);
    this.deadlines.push(deadlineMs);
    this.choices.push(whenLate);
    return this.outcome(request);
  }
  readonly takenUp: string[] = [];
  takeUp({ messageId: id }: SettlementRequest) {
    this.takenUp.push(id);
    return Promise.resolve();
  }
  readonly waits: { messageId: string; waitMs: number; signal: AbortSignal | undefined }[] = [];
  results: (messageId: string) => ResultOutcome | Promise<ResultOutcome> = () => ({
    kind: 'unknown',
  });
  async result({ messageId: id }: RequestKey, waitMs: number, signal?: AbortSignal) {
    this.waits.push({ messageId: id, waitMs, signal });
    return this.results(id);
  }
  readonly reversals: { request: RequestKey; wish: ReverseWish }[] = [];
  reversed: (request: RequestKey) => ReverseOutcome = () => ({
    kind: 'answered',
    answer: { kind: 'reversed', reversal: aReversal() },
  });
  reverse(request: RequestKey, wish: ReverseWish, deadlineMs: number) {
    this.reversals.push({ request, wish });
    this.deadlines.push(deadlineMs);
    return Promise.resolve(this.reversed(request));
  }
  status() {
    return Promise.resolve({ kind: 'unknown' } as const);
  }
  now: 'stands' | 'reversing' | 'reversed' = 'stands';
  standing() {
    return Promise.resolve(this.now);
  }
}

const placeNames: Record<string, string> = {
  '500000': '重庆市',
  '510000': '四川省',
  '510100': '成都市',
};
const diseaseNames: Record<string, string> = { M03900: '高血压', M01600: '糖尿病' };
export const names: Names = {
  place: (code) => placeNames[code] ?? code,
  knowsPlace: (code) => code !== '990000',
  disease: (code) => diseaseNames[code],
};

export function aGateway(change: Partial<GatewayOptions> = {}) {
  const store = new MemoryStore();
  const settlements = new FakeSettlements();
  const options = {
    stores: new Map([[placeCode('500000'), store]]),
    settlements,
    names,
    deadlineMs: 8000,
  };
  const app = createGateway({ ...options, ...change });
  const post = async (payload: string | Buffer, headers: Record<string, string> = {}) => {
    const type = { 'content-type': 'application/json' };
    return app.inject({ method: 'POST', url: callPath, payload, headers: { ...type, ...headers } });
  };
  const send = async (message: unknown) => (await post(JSON.stringify(message))).json<Reply>();
  const register = (change: Json = {}) => send(anEnvelope('2201', { data: aRegistration(change) }));
  const upload = (...rows: Json[]) => send(anEnvelope('2204', { feedetail: rows }));
  const settle = (change: Json = {}, envelope: Json = {}) =>
    send(anEnvelope('2207', { data: anOrder(change) }, envelope));
  return { app, store, settlements, post, send, register, upload, settle };
}

export interface Reply {
  infcode: number;
  inf_refmsgid: string;
  refmsg_time: string;
  respond_time: string;
  err_msg: string | null;
  output: Json | null;
}

/** A gateway where the visit is registered and its batch uploaded. */
export async function aGatewayWithBatch(change: Partial<GatewayOptions> = {}) {
  const gateway = aGateway(change);
  await gateway.register();
  await gateway.upload(aRow());
  return gateway;
}
