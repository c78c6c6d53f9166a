import type { Client } from '@temporalio/client';
import { parse } from 'lossless-json';
import { pino } from 'pino';
import { patientMs } from '../patience.ts';
import { treatingStore } from '../../db/treating-store.ts';
import type { Database } from '../../db/database.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import { createDoor } from '../../gateway/door.ts';
import { callPath, createGateway } from '../../gateway/server.ts';
import { readNames } from '../../seeds/names.ts';
import { doorKeeper } from '../../workers/maintenance-desk.ts';
import type { TestSystem } from '../system.ts';

/** A hospital's own system: it writes envelopes, sends them to a real gateway, and reads the replies. */

export type Fields = Record<string, unknown>;

/** The reply as a hospital reads it: a number is the text of its digits. */
export interface Reply {
  infcode: string;
  inf_refmsgid: string;
  refmsg_time: string;
  respond_time: string;
  err_msg: string | null;
  output: Fields | null;
  statusCode: number;
  text: string;
}
/** The bytes of a reply after its number and its times, which every reply has of its own. */
export const lasting = ({ text }: Reply): string => text.slice(text.indexOf('"err_msg"'));

export const nodeOf = (reply: Reply, node: string): Fields => {
  if (reply.infcode !== '0' || !reply.output) throw new Error(reply.err_msg ?? 'no output');
  return reply.output[node] as Fields;
};
export const rowsOf = (reply: Reply, node: string): Record<string, string>[] =>
  nodeOf(reply, node) as unknown as Record<string, string>[];

export interface HospitalOptions {
  client?: Client;
  deadlineMs?: number;
}

/** The gateway of both places, put together as `workers/gateway.ts` does, with its log kept. */
export function openHospital(system: TestSystem, options: HospitalOptions = {}) {
  const { client = system.client, deadlineMs = patientMs } = options;
  const log: string[] = [];
  const names = readNames();
  const gateway = createGateway({
    stores: new Map(
      [...system.databases.places].map(([place, database]) => [place, treatingStore(database)]),
    ),
    settlements: createSettlementClient(client, names),
    door: createDoor(
      client,
      new Map(
        [...system.databases.places].map(([place, database]) => [place, doorKeeper(database)]),
      ),
    ),
    names,
    deadlineMs,
    logger: pino({ name: 'gateway', level: 'trace' }, { write: (line) => log.push(line) }),
  });
  const errors: string[] = [];
  const post = async (
    payload: string | Buffer,
    type?: string,
    more: Record<string, string> = {},
  ): Promise<Reply> => {
    const headers = type === undefined ? more : { 'content-type': type, ...more };
    const response = await gateway.inject({ method: 'POST', url: callPath, payload, headers });
    const reply = parse(response.body, null, String) as Reply;
    if (reply.err_msg !== null) errors.push(reply.err_msg);
    return { ...reply, statusCode: response.statusCode, text: response.body };
  };
  const send = (message: Fields, headers?: Record<string, string>): Promise<Reply> =>
    post(JSON.stringify(message), 'application/json', headers);
  /** What a typed client reads of a settlement of its institution. */
  const get = async (path: string, institution: string, headers: Record<string, string> = {}) => {
    const asker = { 'kuasheng-institution': institution, ...headers };
    const response = await gateway.inject({ url: `/settlements/${path}`, headers: asker });
    return { status: response.statusCode, body: response.json<Fields>() };
  };
  return { post, send, get, log, errors, close: () => gateway.close() };
}
export type Hospital = ReturnType<typeof openHospital>;

/** Now in China: `2026-11-22 09:30:00`. */
export const china = (at = Date.now()): string =>
  new Date(at + 8 * 3600 * 1000).toISOString().replace('T', ' ').slice(0, 19);
/** `2026年11月22日` */
export const dayInWords = (day: string): string =>
  `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;

/** What never may be read in a log or in a sentence. */
export const personal = {
  name: '赵钱孙',
  certificate: '510101196805120017',
  token: 'T8842196703315520',
  card: 'C7719035586',
  operator: '周吴郑',
  doctor: '冯陈褚',
};

/** Who is treated where. */
export interface Patient {
  person: string;
  insuredRegion: string;
  insuranceType: '310' | '390';
  treatingRegion: string;
  institution: string;
  disease: string | null; // null: ordinary outpatient care
}
/** Chengdu, employee, hypertension, filed for Chongqing; at number 1 of Chongqing's list. */
export const aPatient = (changes: Partial<Patient> = {}): Patient => ({
  person: '51010000000000000001',
  insuredRegion: '510100',
  insuranceType: '310',
  treatingRegion: '500000',
  institution: '5000001000003',
  disease: 'M03900',
  ...changes,
});

let messages = 0;
const digits = (): string => china().replaceAll(/\D/g, '');
/** A message id as the interface describes it: institution, time, number. */
export const nextMessageId = (institution: string): string =>
  `${institution}${digits()}${String((messages += 1)).padStart(3, '0')}`;
const nextVisitNo = (): string => `MZ${digits()}${(messages += 1)}`;

export const anEnvelope = (of: Patient, infno: string, input: unknown, changes: Fields = {}) => ({
  infno,
  msgid: nextMessageId(of.institution),
  mdtrtarea_admvs: of.treatingRegion,
  insuplc_admdvs: of.insuredRegion,
  recer_sys_code: 'YBXT',
  dev_no: '',
  dev_safe_info: '',
  cainfo: '',
  signtype: 'SM3',
  infver: 'V1.0',
  opter_type: '1',
  opter: 'D0017',
  opter_name: personal.operator,
  inf_time: china(),
  fixmedins_code: of.institution,
  fixmedins_name: '某医院',
  sign_no: '',
  input,
  ...changes,
});

const credential = {
  mdtrt_cert_type: '03',
  mdtrt_cert_no: personal.token,
  card_sn: personal.card,
};

export const aRegistration = (of: Patient, changes: Fields = {}): Fields => ({
  psn_no: of.person,
  insutype: of.insuranceType,
  begntime: china(),
  ...credential,
  psn_cert_type: '01',
  certno: personal.certificate,
  psn_type: '11',
  psn_name: personal.name,
  ipt_otp_no: nextVisitNo(),
  atddr_no: 'D500000000001',
  dr_name: personal.doctor,
  dept_code: 'A03',
  dept_name: '内科',
  caty: 'A03',
  exp_content: '',
  ...changes,
});

/** One fee line: item, price, quantity, amount, and what else it needs. */
export type FeeLine = [item: string, price: unknown, quantity: unknown, amount: unknown, Fields?];
export const aFeeRow = (
  of: Patient,
  where: { visit: string; batch: string; no: string },
  [item, price, quantity, amount, changes]: FeeLine,
): Fields => ({
  feedetl_sn: where.no,
  mdtrt_id: where.visit,
  psn_no: of.person,
  chrg_bchno: where.batch,
  dise_codg: of.disease ?? '',
  rxno: '',
  rx_circ_flag: '0',
  fee_ocur_time: china(),
  med_list_codg: item,
  medins_list_codg: `L${where.no}`,
  det_item_fee_sumamt: amount,
  cnt: quantity,
  pric: price,
  bilg_dept_codg: 'A03',
  bilg_dept_name: '内科',
  bilg_dr_codg: 'D500000000001',
  bilg_dr_name: personal.doctor,
  hosp_appr_flag: '0',
  ...changes,
});

/** The sums a hospital sends in 2207: total, excluded, over the price limit, first share, in scope. */
export type Sums = [
  total: unknown,
  excluded: unknown,
  over: unknown,
  first: unknown,
  scope: unknown,
];
/** 2207 as the table prints it: `psn_type` and `psn_name` are 2206's alone. */
export const anOrder = (
  of: Patient,
  where: { visit: string; batch: string },
  [total, excluded, over, first, scope]: Sums,
  changes: Fields = {},
): Fields => ({
  psn_no: of.person,
  ...credential,
  psn_cert_type: '01',
  certno: personal.certificate,
  med_type: of.disease === null ? '11' : '14',
  medfee_sumamt: total,
  psn_setlway: '01',
  mdtrt_id: where.visit,
  chrg_bchno: where.batch,
  acct_used_flag: '0',
  insutype: of.insuranceType,
  exp_content: '',
  invono: '',
  fulamt_ownpay_amt: excluded,
  overlmt_selfpay: over,
  preselfpay_amt: first,
  inscp_scp_amt: scope,
  ...changes,
});

/** A visit that is registered with its first batch uploaded; what was sent can be sent again. */
export async function aVisit(hospital: Hospital, of: Patient, lines: readonly FeeLine[]) {
  const registration = anEnvelope(of, '2201', { data: aRegistration(of) });
  const registered = await hospital.send(registration);
  const where = { visit: String(nodeOf(registered, 'data')['mdtrt_id']), batch: 'B1' };
  const feedetail = lines.map((line, index) =>
    aFeeRow(of, { ...where, no: String(index + 1) }, line),
  );
  const upload = anEnvelope(of, '2204', { feedetail });
  const uploaded = await hospital.send(upload);
  if (uploaded.infcode !== '0') throw new Error(uploaded.err_msg ?? 'not uploaded');
  /** 2207 for the batch. */
  const order = (sums: Sums, data: Fields = {}, envelope: Fields = {}) =>
    anEnvelope(of, '2207', { data: anOrder(of, where, sums, data) }, envelope);
  return { of, where, registration, registered, upload, uploaded, order };
}

async function ofEveryTable(database: Database, aggregate: string) {
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const each = tables.rows.map(
    ({ name }) => `select '${name}' as name, ${aggregate} as content from "${name}" x`,
  );
  const { rows } = await database.query<{ name: string; content: string }>(
    each.join(' union all '),
  );
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}
const ofEveryParty = ({ databases }: TestSystem, aggregate: string): Promise<object> =>
  Promise.all(
    [databases.centre, ...databases.places.values()].map((each) => ofEveryTable(each, aggregate)),
  );
/** How many rows every table of centre and places has. */
export const rowCounts = (system: TestSystem): Promise<object> => ofEveryParty(system, 'count(*)');
/** How many, and a checksum of what is in them. */
export const everythingStored = (system: TestSystem): Promise<object> =>
  ofEveryParty(system, `count(*) || ':' || coalesce(sum(hashtextextended(x::text, 0)), 0)`);
