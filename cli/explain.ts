import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import {
  findRequests,
  readCalculation,
  type ExplainedRequest,
  type StoredCalculation,
} from '../db/explanations.ts';
import { componentLabels, fundLabels } from '../domain/insured-place/explanation.ts';
import { InvariantViolation } from '../domain/invariant.ts';
import { isZero, yuan } from '../domain/money.ts';
import type { Refusal } from '../domain/refusal.ts';
import {
  assertSettlement,
  components,
  type AccumulatorChange,
  type BenefitText,
  type ReversalResult,
  type SettlementRequest,
  type SettlementResult,
  type SplitTotalsText,
  type Step,
} from '../domain/settlement.ts';
import { noticeOf } from '../gateway/notices.ts';
import { readNames, type ReadableNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { printColumns } from './columns.ts';
import { aCommand } from './command.ts';
import { withDatabase } from './databases.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { insuranceNames, publisherName } from './names.ts';

let read: ReadableNames | undefined;
const names = (): ReadableNames => (read ??= readNames());

/** Who was treated where for what; nothing that tells who the person is. */
interface Visit {
  settlementId: string;
  messageId: string;
  institution: { code: string; name: string | null };
  treatingPlace: string;
  insuredPlace: string;
  insuredRegion: string;
  insuranceType: SettlementRequest['insuranceType'];
  disease: SettlementRequest['disease'];
  visitedOn: string;
}
const visitOf = (
  { settlementId, institutionName }: ExplainedRequest,
  body: SettlementRequest,
): Visit => ({
  settlementId,
  messageId: body.messageId,
  institution: { code: body.institution, name: institutionName },
  treatingPlace: body.treatingPlace,
  insuredPlace: body.insuredPlace,
  insuredRegion: body.insuredRegion,
  insuranceType: body.insuranceType,
  disease: body.disease,
  visitedOn: body.visitedOn,
});

/** Everything that is kept about a settlement, apart from who the person is. */
type Settled = Visit &
  StoredCalculation & {
    state: 'settled' | 'reversed';
    reversal: ReversalResult | null;
    feeCategory: string;
    recordedAt: string | null;
    accumulators: AccumulatorChange[];
    accountBalance: string;
    doubt: string | null; // why this cannot be trusted
  };
type Refused = Visit & { state: 'refused'; refusal: Refusal; notice: string };
type Open = Visit & { state: 'claimed' | 'void' };
/** Taken back before it arrived: nothing is known of it but its ids. */
interface NeverArrived {
  state: 'never-arrived';
  settlementId: string;
  messageId: string;
  institution: string;
}
type Explained = Settled | Refused | Open | NeverArrived;

/** What makes the stored calculation unfit as proof; null when it is what the hospital was told, and adds up. */
function doubtOf(
  stored: StoredCalculation,
  { totals, calculation }: SettlementResult,
): string | null {
  const { benefit, steps, policy } = calculation;
  const { hash, inForceFrom } = stored.policy;
  const kept = [stored.totals, stored.benefit, stored.steps, { hash, inForceFrom }];
  if (!isDeepStrictEqual(kept, [totals, benefit, steps, policy])) {
    return '参保地保存的计算与中心答复医院的结果不一致，请查明原因。';
  }
  try {
    assertSettlement(totals, benefit);
    return null;
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    return `保存的金额合不起来（${error.message}），请查明原因。`;
  }
}

async function explained(request: ExplainedRequest): Promise<Explained> {
  const { answer, state, body, settlementId, messageId, institution } = request;
  if (body === null) return { state: 'never-arrived', settlementId, messageId, institution };
  const visit = visitOf(request, body);
  if (answer === null) return { ...visit, state: state === 'void' ? 'void' : 'claimed' };
  if (answer.kind === 'refused') {
    const notice = noticeOf(answer.refusal, names()).sentence;
    return { ...visit, state: 'refused', refusal: answer.refusal, notice };
  }
  return { ...visit, ...(await settledOf(request, body, answer.result)) };
}

/** What was settled, with what the insured place keeps of it. */
async function settledOf(
  request: ExplainedRequest,
  body: SettlementRequest,
  result: SettlementResult,
): Promise<Omit<Settled, keyof Visit>> {
  const { settlementId, recordedAt, reversal } = request;
  const { insuredPlace, insuredRegion: region } = body;
  const stored = await withDatabase(`place_${insuredPlace}`, (database) =>
    readCalculation(database, settlementId, region),
  );
  if (stored === null) {
    const place = names().place(insuredPlace);
    throw new StartFailure(`参保地${place}的数据库没有结算 ${settlementId} 的计算，请查明原因。`);
  }
  const { accumulators, accountBalance } = result.calculation;
  const { feeCategory } = result;
  const doubt = doubtOf(stored, result);
  const kept = { feeCategory, recordedAt, accumulators, accountBalance, reversal, doubt };
  const state = reversal === null ? 'settled' : 'reversed';
  return { ...stored, ...kept, reversedAt: request.reversedAt ?? stored.reversedAt, state };
}

const diseaseText = (disease: Visit['disease']): string =>
  disease === 'none' ? '普通门诊' : `${names().disease(disease) ?? disease}（${disease}）`;

function printVisit(visit: Visit): void {
  const { institution, treatingPlace, insuredPlace, insuredRegion, insuranceType } = visit;
  const institutionText = institution.name === null ? '' : `${institution.name} `;
  printColumns(
    ['left', 'left'],
    [
      ['结算', visit.settlementId],
      ['报文', visit.messageId],
      ['就医地', `${names().place(treatingPlace)}  ${institutionText}${institution.code}`],
      [
        '参保地',
        `${names().place(insuredPlace)}  统筹区 ${insuredRegion}  ${insuranceNames[insuranceType]}`,
      ],
      ['就诊', `${visit.visitedOn}  ${diseaseText(visit.disease)}`],
    ],
  );
}

const isMoney = (amount: string): boolean => !isZero(yuan(amount));
/** 「320.00 = 先行自付 20.00 + 符合政策范围 300.00」, leaving out what is nothing. */
function sumText(whole: string, parts: readonly (readonly [string, string])[]): string {
  const shown = parts.filter(([, amount]) => isMoney(amount));
  if (shown.length === 0) return whole;
  return `${whole} = ${shown.map(([label, amount]) => `${label} ${amount}`).join(' + ')}`;
}

const labelOf = (component: Step['component']): string => {
  if (component === 'personalAccount') return '个人账户';
  if (component === 'hospitalShare') return '医院负担';
  const labels: Record<string, string> = { ...componentLabels, ...fundLabels };
  return labels[component] ?? component;
};

function printSteps(steps: readonly Step[]): void {
  console.log('\n计算步骤（按计算的先后；同一项的金额相加即为该项）');
  printColumns(
    ['left', 'right', 'right', 'right', 'left'],
    [
      ['项目', '基数', '比例', '金额', '说明〔依据〕'],
      ...steps.map(({ component, base, rate, amount, what, source }) => [
        labelOf(component),
        base,
        rate,
        amount,
        `${what}〔${source}〕`,
      ]),
    ],
  );
}

function printWhoPays(totals: SplitTotalsText, benefit: BenefitText): void {
  const funds = benefit.layers.map(({ name, amount }) => [fundLabels[name], amount] as const);
  const borne = components.map(
    (name) => [componentLabels[name], benefit.components[name]] as const,
  );
  const { personShare, personalAccount, cash, fundTotal, hospitalShare } = benefit;
  console.log('\n谁来付');
  printColumns(
    ['left', 'left'],
    [
      [
        '医疗费总额',
        sumText(totals.total, [
          ['基金', fundTotal],
          ['个人', personShare],
          ['医院', hospitalShare],
        ]),
      ],
      ['基金支付', sumText(fundTotal, funds)],
      ['个人负担', sumText(personShare, borne)],
      [
        '其中',
        sumText(personShare, [
          ['个人账户', personalAccount],
          ['现金', cash],
        ]),
      ],
    ],
  );
}

const keyText = (key: string): string =>
  key === 'all' ? '全部' : key === 'none' ? '普通门诊' : (names().disease(key) ?? key);

function printAccumulators({ accumulators, accountUsed, accountBalance }: Settled): void {
  if (accumulators.length > 0) {
    console.log('\n累计');
    printColumns(
      ['left', 'left', 'left', 'right', 'right'],
      [
        ['名称', '期间', '范围', '本次之前', '本次之后'],
        ...accumulators.map(({ name, period, key, before, after }) => [
          name,
          period,
          keyText(key),
          before,
          after,
        ]),
      ],
    );
  }
  if (isMoney(accountUsed)) {
    console.log(`个人账户支付 ${accountUsed} 元，支付后余额 ${accountBalance} 元。`);
  }
}

function printPolicy({ policy, calculatedAt }: Settled): void {
  const { hash, inForceFrom, version, publishedBy, publishedAt } = policy;
  console.log(`\n计算于 ${calculatedAt}（北京时间），用 ${inForceFrom} 起施行的条目。`);
  console.log(
    version === null
      ? `政策文件 ${hash}`
      : `政策文件第 ${version} 版，${publishedAt ?? ''} ${publisherName(publishedBy ?? '')}：${hash}`,
  );
}

function printReversal({ reversalId, totals, benefit }: ReversalResult, at: string | null): void {
  console.log(
    `\n已于 ${at ?? ''} 撤销，撤销编号 ${reversalId}，冲回的金额如下；其后是撤销前的结果。`,
  );
  printColumns(
    ['left', 'right'],
    [
      ['医疗费总额', totals.total],
      ['基金支付', benefit.fundTotal],
      ['个人账户', benefit.personalAccount],
      ['个人现金', benefit.cash],
    ],
  );
}

function printSettled(settled: Settled): void {
  const { totals, benefit, reversal, reversedAt } = settled;
  if (reversal !== null) printReversal(reversal, reversedAt);
  else if (reversedAt !== null)
    console.log(`\n这次计算已于 ${reversedAt} 撤销，下面是撤销前的结果。`);
  const parts = [
    ['全自费', totals.excluded],
    ['超限价', totals.overPriceLimit],
    ['先行自付', totals.firstShare],
    ['符合政策范围', totals.inScope],
  ] as const;
  console.log(`\n费用分割（就医地）  ${sumText(totals.total, parts)}`);
  printSteps(settled.steps);
  printWhoPays(totals, benefit);
  printAccumulators(settled);
  printPolicy(settled);
}

function printExplained(result: Explained): void {
  if (result.state === 'never-arrived') {
    const { messageId, institution } = result;
    console.log(`没有结算：医疗机构 ${institution} 的报文 ${messageId} 在到达之前已被冲正。`);
    return;
  }
  printVisit(result);
  switch (result.state) {
    case 'settled':
    case 'reversed':
      printSettled(result);
      return;
    case 'refused':
      console.log(`\n没有结算：${result.notice}`);
      return;
    case 'claimed':
      console.log('\n还没有结果：请求已受理，正在结算，请稍后再看。');
      return;
    case 'void':
      console.log('\n没有结算：请求在结算之前已被撤销。');
  }
}

async function explain(id: string, { json = false }: { json?: boolean }): Promise<Status> {
  const requests = await withDatabase('centre', (database) => findRequests(database, id));
  const [request] = requests;
  if (request === undefined) {
    console.error(`没有编号为 ${id} 的结算，请核对结算编号（setl_id）或医院报文编号。`);
    return found;
  }
  if (requests.length > 1) {
    const all = requests.map(({ settlementId }) => settlementId).join('、');
    console.error(`几家医院用过报文编号 ${id}，请改用结算编号：${all}。`);
    return found;
  }
  const result = await explained(request);
  if (json) console.log(JSON.stringify(result, null, 2));
  else printExplained(result);
  if (!('doubt' in result) || result.doubt === null) return fine;
  console.error(`注意：${result.doubt}`);
  return found;
}

/** kuasheng explain …: why each fen of a settlement was paid by whom. */
export const explainCommand = (): Command =>
  aCommand('explain')
    .argument('<结算编号>', 'setl_id，或医院的报文编号')
    .option('--json', '输出保存的数据，供程序读取')
    .description('说明一笔结算：每一分钱由谁支付、依据什么')
    .action(endingWith(explain));
