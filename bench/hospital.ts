import type { PersonId } from '../domain/identifiers.ts';
import { institutionCode, messageId } from '../domain/identifiers.ts';
import { sum, toWire, yuan } from '../domain/money.ts';
import { readJson } from '../gateway/wire/json.ts';
import { settlementWorkflowId } from '../workflows/contracts.ts';
import { inParallel, type Job, type Send } from './load.ts';

/** A Chongqing institution that registers visits and uploads their fees, as its own system would. */

type Row = Record<string, string>;
interface Reply {
  infcode: string;
  err_msg: string | null;
  output: Record<string, unknown> | null;
}

const institution = institutionCode('5000001000003');
const items = [
  { med_list_codg: 'XC09CAX002A001010199002', cnt: '56', pric: '3.30', det_item_fee_sumamt: '184.80' },
  { med_list_codg: 'XC08CAA001A001010199001', cnt: '84', pric: '1.25', det_item_fee_sumamt: '105.00' },
]; // prettier-ignore
const credential = { mdtrt_cert_type: '03', mdtrt_cert_no: 'BENCH', card_sn: 'BENCH' };
const uploadsAtOnce = 8;

const now = (): string =>
  new Date(Date.now() + 8 * 3600 * 1000).toISOString().replace('T', ' ').slice(0, 19);

const envelope = (infno: string, msgid: string, input: object): Buffer =>
  Buffer.from(
    JSON.stringify({
      infno,
      msgid,
      mdtrtarea_admvs: '500000',
      insuplc_admdvs: '510100',
      recer_sys_code: 'HIS',
      infver: '1.0.0',
      opter_type: '1',
      opter: 'bench',
      opter_name: '测量',
      inf_time: now(),
      fixmedins_code: institution,
      fixmedins_name: '陆军军医大学第一附属医院',
      input,
    }),
  );

const feeLines = (visit: string, person: PersonId): object[] =>
  items.map((item, index) => ({
    feedetl_sn: String(index + 1),
    mdtrt_id: visit,
    psn_no: person,
    chrg_bchno: 'B1',
    dise_codg: 'M03900',
    rx_circ_flag: '0',
    fee_ocur_time: now(),
    medins_list_codg: `BENCH${index + 1}`,
    bilg_dept_codg: 'A03',
    bilg_dept_name: '心血管内科',
    bilg_dr_codg: 'D500000000001',
    bilg_dr_name: '测量医师',
    hosp_appr_flag: '0',
    ...item,
  }));

function settlementOrder(visit: string, person: PersonId, split: readonly Row[]): object {
  const total = (field: string): string =>
    toWire(sum(split.map((line) => yuan(line[field] ?? '0'))));
  return {
    psn_no: person,
    ...credential,
    med_type: '14',
    psn_setlway: '01',
    mdtrt_id: visit,
    chrg_bchno: 'B1',
    acct_used_flag: '1',
    insutype: '310',
    medfee_sumamt: total('det_item_fee_sumamt'),
    fulamt_ownpay_amt: total('fulamt_ownpay_amt'),
    overlmt_selfpay: total('overlmt_amt'),
    preselfpay_amt: total('preselfpay_amt'),
    inscp_scp_amt: total('inscp_scp_amt'),
  };
}

const registration = (visitNo: string, person: PersonId): object => ({
  psn_no: person,
  insutype: '310',
  begntime: now(),
  ...credential,
  psn_name: '测量参保人',
  ipt_otp_no: visitNo,
  dept_code: 'A03',
  dept_name: '心血管内科',
  caty: 'A03',
});

/** The node of an answer. @throws Error when it is a refusal: a bench that measures those is wrong */
export function nodeOf(text: string, node: string): unknown {
  const { infcode, err_msg, output } = readJson(text) as Reply;
  if (infcode === '0' && output) return output[node];
  throw new Error(`A message of the bench was not accepted: ${err_msg ?? text}`);
}

/** Registers visits and uploads their fees over HTTP; gives the 2207 of each, ready to be sent. */
export function createHospital(send: Send, persons: readonly PersonId[], run: string) {
  let serial = 0;
  const visit = async (): Promise<Job> => {
    const no = (serial += 1);
    const person = persons[no % persons.length];
    if (person === undefined) throw new Error('A bench without persons.');
    const id = (kind: string): string => `${institution}${run}${kind}${String(no)}`;
    const call = async (infno: string, input: object, node: string): Promise<unknown> =>
      nodeOf(await send(envelope(infno, id(infno), input)), node);
    const data = (await call('2201', { data: registration(id('V'), person) }, 'data')) as Row;
    const visitId = data['mdtrt_id'] ?? '';
    const split = (await call('2204', { feedetail: feeLines(visitId, person) }, 'result')) as Row[];
    const order = { data: settlementOrder(visitId, person, split) };
    const message = messageId(id('S'));
    const workflowId = settlementWorkflowId(institution, message);
    return { workflowId, body: envelope('2207', message, order) };
  };
  return {
    prepare: (count: number): Promise<Job[]> =>
      inParallel(Array.from({ length: count }), uploadsAtOnce, visit),
  };
}
