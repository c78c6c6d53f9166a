import { printColumns } from '../../cli/columns.ts';
import { readJson } from '../../gateway/wire/json.ts';
import { sum, toWire, yuan } from '../../domain/money.ts';
import { StartFailure } from './start-failure.ts';

/** A hospital's three messages, sent to the gateway as a hospital's own system would. */

export interface DemonstrationOptions {
  gatewayUrl: string;
  uiUrl: string | null;
  namespace: string;
}
type Row = Record<string, string>;
interface Reply {
  infcode: string;
  err_msg: string | null;
  output: Record<string, unknown> | null;
}

const institution = '5000001000003'; // 陆军军医大学第一附属医院, number 1 of the official list
const person = '51010000000000000001'; // illustrative: Chengdu, employee, hypertension, filed for Chongqing

const china = (): string =>
  new Date(Date.now() + 8 * 3600 * 1000).toISOString().replace('T', ' ').slice(0, 19);
const digits = (text: string): string => text.replaceAll(/\D/g, '');

const envelope = (infno: string, messageId: string, input: object): object => ({
  infno,
  msgid: messageId,
  mdtrtarea_admvs: '500000',
  insuplc_admdvs: '510100',
  recer_sys_code: 'HIS',
  dev_no: '',
  dev_safe_info: '',
  cainfo: '',
  signtype: '',
  infver: '1.0.0',
  opter_type: '1',
  opter: 'demo',
  opter_name: '演示',
  inf_time: china(),
  fixmedins_code: institution,
  fixmedins_name: '陆军军医大学第一附属医院',
  sign_no: '',
  input,
});

/** Sends one message that waits, and the same again while its result is not there, as the notice asks. */
async function send(gatewayUrl: string, message: object): Promise<Reply> {
  for (;;) {
    const answer = await fetch(`${gatewayUrl}/fsi/api/rsfComIfsService/callService`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'kuasheng-when-late': 'wait',
      },
      body: JSON.stringify(message),
    });
    const reply = readJson(await answer.text()) as Reply;
    const [said = ''] = /^(结果未定|已受理)/.exec(reply.err_msg ?? '') ?? [];
    if (said === '') return reply;
    console.log(`${said}，用同一报文再次查询 …`);
  }
}

function outputOf({ infcode, err_msg, output }: Reply, node: string): unknown {
  if (infcode !== '0' || !output) throw new StartFailure(`演示没有完成：${err_msg ?? '没有说明'}`);
  return output[node];
}

// A prescription for twelve weeks, and what belongs to it; illustrative items of Chongqing's scope.
const items = [
  { med_list_codg: 'XC09CAX002A001010199002', cnt: '168', pric: '3.30', det_item_fee_sumamt: '554.40' },
  { med_list_codg: 'XC08CAA001A001010199001', cnt: '168', pric: '1.25', det_item_fee_sumamt: '210.00' },
  { med_list_codg: '003107010220000', cnt: '1', pric: '160.00', det_item_fee_sumamt: '160.00' },
  { med_list_codg: '001102000010000', cnt: '1', pric: '12.00', det_item_fee_sumamt: '12.00' },
  { med_list_codg: 'XC01EBF017A001010199017', cnt: '30', pric: '1.50', det_item_fee_sumamt: '45.00' },
]; // prettier-ignore

const feeLines = (visit: string, batch: string, at: string): object[] =>
  items.map((item, index) => ({
    feedetl_sn: String(index + 1),
    mdtrt_id: visit,
    psn_no: person,
    chrg_bchno: batch,
    dise_codg: 'M03900',
    rx_circ_flag: '0',
    fee_ocur_time: at,
    medins_list_codg: `DEMO${index + 1}`,
    bilg_dept_codg: 'A03',
    bilg_dept_name: '心血管内科',
    bilg_dr_codg: 'D500000000001',
    bilg_dr_name: '演示医师',
    hosp_appr_flag: '0',
    ...item,
  }));

/** What a hospital sends back in 2207: the sums of what 2204 answered. */
function sums(split: readonly Row[]): Row {
  const total = (field: string): string =>
    toWire(sum(split.map((line) => yuan(line[field] ?? '0'))));
  return {
    medfee_sumamt: total('det_item_fee_sumamt'),
    fulamt_ownpay_amt: total('fulamt_ownpay_amt'),
    overlmt_selfpay: total('overlmt_amt'),
    preselfpay_amt: total('preselfpay_amt'),
    inscp_scp_amt: total('inscp_scp_amt'),
  };
}

const settlementOrder = (visit: string, batch: string, split: readonly Row[]): object => ({
  psn_no: person,
  mdtrt_cert_type: '03',
  mdtrt_cert_no: 'DEMO',
  card_sn: 'DEMO',
  psn_cert_type: '01',
  certno: 'DEMO',
  med_type: '14',
  psn_setlway: '01',
  mdtrt_id: visit,
  chrg_bchno: batch,
  acct_used_flag: '1',
  insutype: '310',
  ...sums(split),
});

const registration = (visitNo: string, at: string): object => ({
  psn_no: person,
  insutype: '310',
  begntime: at,
  mdtrt_cert_type: '03',
  mdtrt_cert_no: 'DEMO',
  card_sn: 'DEMO',
  psn_cert_type: '01',
  certno: 'DEMO',
  psn_type: '11',
  psn_name: '演示参保人',
  ipt_otp_no: visitNo,
  dept_code: 'A03',
  dept_name: '心血管内科',
  caty: 'A03',
});

function printReceipt(setlinfo: Row, detail: readonly Row[]): void {
  const { FEE_CATEGORY: category = '' } = JSON.parse(setlinfo['exp_content'] ?? '{}') as Row;
  const row = (label: string, field: string): string[] => [label, setlinfo[field] ?? ''];
  const fund = ({ fund_pay_type_name: name = '', fund_payamt: amount = '' }: Row) => [name, amount];
  const rows = [
    ['费用类别', category],
    row('结算编号', 'setl_id'),
    row('医疗费总额', 'medfee_sumamt'),
    row('  全自费', 'fulamt_ownpay_amt'),
    row('  超限价', 'overlmt_selfpay'),
    row('  先行自付', 'preselfpay_amt'),
    row('  符合政策范围', 'inscp_scp_amt'),
    row('起付标准', 'act_pay_dedc'),
    ...detail.map(fund),
    row('基金支付总额', 'fund_pay_sumamt'),
    row('个人负担', 'psn_part_amt'),
    row('  其中个人账户', 'acct_pay'),
    row('  其中现金', 'psn_cash_pay'),
  ];
  printColumns(['left', 'right'], rows);
  console.log('\n怎么算出来的：');
  for (const { setl_proc_info: steps = '' } of detail)
    console.log(`  ${steps}`.replaceAll('；', '\n  '));
}

/** One real settlement: 2201, 2204, 2207; prints the receipt, its explanation and where to look. */
export async function demonstrate(options: DemonstrationOptions): Promise<void> {
  const { gatewayUrl, uiUrl, namespace } = options;
  const at = china();
  const messageId = (serial: string): string => `${institution}${digits(at)}${serial}`;
  const call = async (infno: string, serial: string, input: object, node: string) =>
    outputOf(await send(gatewayUrl, envelope(infno, messageId(serial), input)), node);

  console.log('\n演示：成都市职工参保人（高血压，已认定、已备案）今天在重庆的定点医疗机构就医\n');
  const visitNo = `DEMO${digits(at)}`;
  const data = (await call('2201', '001', { data: registration(visitNo, at) }, 'data')) as Row;
  const visit = data['mdtrt_id'] ?? '';
  console.log(`2201 挂号        ${visit}`);
  const lines = { feedetail: feeLines(visit, 'B1', at) };
  const split = (await call('2204', '002', lines, 'result')) as Row[];
  console.log(`2204 上传费用    ${split.length} 条明细已分割`);
  const order = envelope('2207', messageId('003'), { data: settlementOrder(visit, 'B1', split) });
  const reply = await send(gatewayUrl, order);
  const setlinfo = outputOf(reply, 'setlinfo') as Row;
  console.log('2207 结算        已结算\n');
  printReceipt(setlinfo, outputOf(reply, 'setldetail') as Row[]);
  const workflow = encodeURIComponent(`settlement/${institution}/${messageId('003')}`);
  if (uiUrl !== null)
    console.log(`\n这一笔的执行  ${uiUrl}/namespaces/${namespace}/workflows/${workflow}`);
  console.log(`月度清算      npx kuasheng month close ${at.slice(0, 7)}`);
}
