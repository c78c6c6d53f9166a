import { createHash } from 'node:crypto';
import { splitByScope } from '../domain/treating-place/payment-scope.ts';
import { isDay, type Day } from '../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  personId,
  placeOf,
  regionCode,
  type Disease,
} from '../domain/identifiers.ts';
import { asText, price, quantity, sum, yuan } from '../domain/money.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import { treatingStore } from '../db/treating-store.ts';
import type { Databases } from './system.ts';

/** One uploaded line of a test: an item of the treating place's illustrative catalogue. */
export interface TestLine {
  item: string;
  price: string;
  quantity: string;
  amount: string;
  disease?: string;
  on?: string;
  doctor?: string;
}
export interface TestCase {
  person: string;
  insuredRegion: string;
  insuranceType: '310' | '390';
  disease: string;
  institution: string;
  treatingPlace: string;
  visitedOn: string;
  lines: TestLine[];
  account: 'none' | 'own';
  message: string;
}

let messages = 0;
export const today = (): string =>
  new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
export const nextMessage = (institution = '5000001000003'): string =>
  `${institution}${String(20261122000000 + (messages += 1))}001`;

export const aCase = (changes: Partial<TestCase> = {}): TestCase => ({
  person: '51010000000000000001',
  insuredRegion: '510100',
  insuranceType: '310',
  disease: 'M03900',
  institution: '5000001000003',
  treatingPlace: '500000',
  visitedOn: today(),
  lines: [
    { item: 'XC09CAX002A001010199002', price: '3.000000', quantity: '100', amount: '300.00' },
    { item: 'XC08CAA001A001010199001', price: '2.000000', quantity: '10', amount: '20.00' },
  ],
  account: 'none',
  message: nextMessage(),
  ...changes,
});

const dayOf = (text: string): Day => {
  if (!isDay(text)) throw new Error(text);
  return text;
};
const diseaseOf = (text: string): Disease => (text === 'none' ? 'none' : diseaseCode(text));

async function upload(store: ReturnType<typeof treatingStore>, of: TestCase) {
  const registered = await store.registerVisit({
    institution: institutionCode(of.institution),
    institutionVisitNo: `V${of.message}`,
    person: personId(of.person),
    insuredRegion: regionCode(of.insuredRegion),
    insuranceType: of.insuranceType,
    beganAt: `${of.visitedOn} 09:30:00`,
    personType: null,
    personName: null,
    certificateType: null,
    certificateNo: null,
  });
  if (registered.kind !== 'registered') throw new Error(registered.kind);
  const lines = of.lines.map((line, index) => ({
    no: String(index + 1),
    item: line.item,
    price: price(line.price),
    quantity: quantity(line.quantity),
    amount: yuan(line.amount),
    approval: 'none' as const,
    disease: diseaseOf(line.disease ?? of.disease),
    occurredOn: dayOf(line.on ?? of.visitedOn),
    doctor: line.doctor ?? null,
  }));
  const digest = createHash('sha256').update(JSON.stringify(of.lines)).digest('hex');
  const total = sum(lines.map((line) => line.amount));
  await store.uploadBatches(registered.visit, [{ batch: 'B1', digest, total, lines }]);
  const institution = await store.institution(institutionCode(of.institution));
  const asked = {
    codes: lines.map((line) => line.item),
    on: dayOf(of.visitedOn),
    level: institution?.level ?? ('tertiary' as const),
    insuranceType: of.insuranceType,
  };
  const items = await store.catalogueItems(asked);
  const itemOf = (code: string) => {
    const item = items.find((one) => one.code === code);
    if (!item) throw new Error(`no item ${code}`);
    return item;
  };
  const split = {
    disease: diseaseOf(of.disease),
    rules: await store.scopeRules(dayOf(of.visitedOn)),
  };
  const { totals } = splitByScope(lines, itemOf, split);
  return { visit: registered.visit, digest, totals };
}

/** Uploads a visit with one batch, as 2201 and 2204 do, and gives the request of its 2207. */
export async function prepare(
  databases: Pick<Databases, 'place'>,
  of: TestCase,
): Promise<SettlementRequest> {
  const store = treatingStore(databases.place(of.treatingPlace));
  const { visit, digest, totals } = await upload(store, of);
  const { total, excluded, overPriceLimit, firstShare, inScope } = asText(totals);
  const body = {
    institution: institutionCode(of.institution),
    messageId: messageId(of.message),
    treatingPlace: placeOf(regionCode(of.treatingPlace)),
    insuredPlace: placeOf(regionCode(of.insuredRegion)),
    insuredRegion: regionCode(of.insuredRegion),
    person: personId(of.person),
    insuranceType: of.insuranceType,
    disease: diseaseOf(of.disease),
    visitedOn: dayOf(of.visitedOn),
    visit,
    batch: 'B1',
    batchDigest: digest,
    declared: { total, excluded, overPriceLimit, firstShare, inScope },
    account: of.account,
  };
  const requestDigest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return { ...body, digest: requestDigest };
}
