import type { Client } from '@temporalio/client';
import { patientMs } from './patience.ts';
import { treatingStore } from '../db/treating-store.ts';
import { billStore } from '../db/whole-bills.ts';
import { createSettlementClient } from '../gateway/client.ts';
import { callPath, createGateway } from '../gateway/server.ts';
import { createVisitClient, type VisitClient } from '../gateway/visit-client.ts';
import { readNames } from '../seeds/names.ts';
import { institutionCode, messageId } from '../domain/identifiers.ts';
import type { SettlementResult } from '../domain/settlement.ts';
import type { VisitOrder } from '../domain/visit-parts.ts';
import { anEnvelope } from './gateway/fakes.ts';
import { today } from './requests.ts';
import type { TestSystem } from './system.ts';

/** Whole bills as a typed client sends them to `POST /visits`. */

export interface PartReply {
  no: number;
  messageId: string;
  disease: string;
  kind: 'settled' | 'refused' | 'reversed' | 'conflict' | 'pending';
  result?: SettlementResult;
  code?: string;
  sentence?: string;
}
export interface VisitReplyBody {
  parts: PartReply[];
  code?: string;
  sentence?: string;
}
export interface Reply {
  statusCode: number;
  body: VisitReplyBody;
}

export interface TestBill {
  messageId: string;
  institution: string;
  [field: string]: unknown;
}
type Line = readonly [
  item: string,
  price: string,
  quantity: string,
  amount: string,
  disease?: string,
];
export const valsartan = (amount: string, disease?: string): Line => {
  const line = ['XC09CAX002A001010199002', amount, '1', amount] as const;
  return disease === undefined ? line : [...line, disease];
};

let bills = 0;
/** Chengdu, employee, hypertension, filed for Chongqing: one line of it, and one of no disease. */
export function aBill(
  changes: Partial<TestBill> = {},
  lines: readonly Line[] = [valsartan('300.00', 'M03900'), valsartan('20.00')],
): TestBill {
  const number = (bills += 1);
  const fen = lines.reduce((all, [, , , amount]) => all + BigInt(amount.replace('.', '')), 0n);
  return {
    messageId: `V${process.pid}N${Date.now() % 10 ** 9}N${number}`,
    institution: '5000001000003',
    treatingRegion: '500000',
    insuredRegion: '510100',
    visitNo: `MZ${process.pid}-${Date.now()}-${number}`,
    person: '51010000000000000001',
    insuranceType: '310',
    beganAt: `${today()} 00:00:00`,
    personName: '赵钱孙',
    total: `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`,
    lines: lines.map(([item, price, quantity, amount, disease = null], index) => ({
      no: String(index + 1),
      item,
      price,
      quantity,
      amount,
      disease,
      doctor: 'D1',
    })),
    ...changes,
  };
}

/** A gateway of both places, for whole bills. */
export function openVisits(
  system: TestSystem,
  {
    client = system.client,
    deadlineMs = patientMs,
    visits = createVisitClient(client, readNames().place),
  }: { client?: Client; deadlineMs?: number; visits?: VisitClient } = {},
) {
  const { places } = system.databases;
  const names = readNames();
  const gateway = createGateway({
    stores: new Map([...places].map(([place, database]) => [place, treatingStore(database)])),
    settlements: createSettlementClient(client, names),
    visits: {
      client: visits,
      bills: new Map([...places].map(([place, database]) => [place, billStore(database)])),
    },
    names,
    deadlineMs,
  });
  const read = ({ statusCode, body }: { statusCode: number; body: string }): Reply => ({
    statusCode,
    body: JSON.parse(body) as VisitReplyBody,
  });
  return {
    post: async (payload: TestBill): Promise<Reply> =>
      read(
        await gateway.inject({ method: 'POST', url: '/visits', payload: JSON.stringify(payload) }),
      ),
    get: async ({ institution, messageId: of }: TestBill): Promise<Reply> =>
      read(await gateway.inject({ method: 'GET', url: `/visits/${institution}/${of}` })),
    /** 2601 of the bill. */
    undo: async ({ messageId: omsgid, person, treatingRegion, insuredRegion }: TestBill) => {
      const envelope = {
        mdtrtarea_admvs: treatingRegion,
        insuplc_admdvs: insuredRegion,
        fixmedins_code: aBill().institution,
        msgid: `${omsgid}U`,
      };
      const input = { data: { psn_no: person, omsgid, oinfno: '2207' } };
      const payload = JSON.stringify(anEnvelope('2601', input, envelope));
      const headers = { 'content-type': 'application/json' };
      const { body } = await gateway.inject({ method: 'POST', url: callPath, payload, headers });
      return JSON.parse(body) as { infcode: number; err_msg: string | null };
    },
    close: () => gateway.close(),
  };
}

/** Keeps the bill as the gateway does, and starts nothing; the order that it would have started. */
export async function keepOnly(system: TestSystem, bill: TestBill): Promise<VisitOrder> {
  let order: VisitOrder | undefined;
  const visits: VisitClient = {
    settle: (of) => {
      order = of;
      return Promise.resolve({ kind: 'undetermined', error: undefined });
    },
    status: () => Promise.resolve(null),
  };
  const gateway = openVisits(system, { visits });
  const { body } = await gateway.post(bill);
  await gateway.close();
  if (!order) throw new Error(body.sentence);
  return order;
}

export const keyOf = ({ institution, messageId: of }: TestBill) => ({
  institution: institutionCode(institution),
  messageId: messageId(of),
});
